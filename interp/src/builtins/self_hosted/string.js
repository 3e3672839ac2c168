(function () {
// What String.prototype.replace and replaceAll (22.1.3.19, 22.1.3.20) do with a function. They close over nothing.
"use strict";

// `list` is flat: how many values belong to a part, and for each where it begins and ends, and last what is to stand
// there instead.
function replaceAll(s, needle, callback, list) {
  const n = list.length;
  for (let i = 1; i < n; i += 3) list[i + 2] = $toString($call(callback, undefined, needle, list[i], s));
  return $joinParts(s, list);
}

// The same for one place.
function replaceOne(s, needle, callback, at) {
  return $joinOne(s, needle, at, $toString($call(callback, undefined, needle, at, s)));
}
})()
