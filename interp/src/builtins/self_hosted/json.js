(function () {
// What JSON.parse does with a reviver, and JSON.stringify with what calls a script (25.5). These functions close over nothing.
"use strict";

// 25.5.1.1 InternalizeJSONProperty; `at` is the number of the value's record, or -1.
const x = function revive(holder, key, reviver, records, at) {
  const value = holder[key];
  // What a reviver has put there has no source.
  at = $recordOf(records, at, value);
  let context;
  if ($isObject(value)) {
    if ($isArray(value)) {
      const n = $toLength(value.length);
      for (let i = 0; i < n; i++) {
        $revived(value, i, revive(value, i, reviver, records, $partAt(records, at, i)));
      }
    } else {
      const keys = $enumerableKeys(value), n = keys.length, parts = $partsByKey(records, at, keys);
      for (let i = 0; i < n; i++) {
        const name = keys[i];
        $revived(value, name, revive(value, name, reviver, records, parts[i]));
      }
    }
    context = {};
  } else context = at < 0 ? {} : { source: $sourceOf(records, at) };
  return $call(reviver, holder, $toString(key), value, context);
};

// 25.5.2.2 SerializeJSONProperty of a value that was read, written to `out`; whether there was something to write. `open` has
// the objects around, `keys` is what an array replacer lists. The engine writes what stands before a value, by `place`: 0 at
// the top, 1 and 2 the first and another element, 3 and 4 the first and another member.
const y = function serialize(out, open, holder, key, value, replacer, keys, place) {
  if ($isObject(value) || typeof value === "bigint") {
    const toJSON = value.toJSON;
    if ($isCallable(toJSON)) value = $call(toJSON, value, $toString(key));
  }
  if (replacer !== undefined) value = $call(replacer, holder, $toString(key), value);
  value = $jsonPut(out, open, key, value, place);
  if (!$isObject(value)) return value;
  if ($isArray(value)) {
    const n = $toLength(value.length);
    for (let k = 0; k < n; k++) serialize(out, open, value, k, value[k], replacer, keys, k === 0 ? 1 : 2);
    $jsonEnd(out, open, true, n > 0);
  } else {
    const names = keys === undefined ? $enumerableKeys(value) : keys, n = names.length;
    let next = 3;
    for (let i = 0; i < n; i++) {
      const name = names[i];
      if (serialize(out, open, value, name, value[name], replacer, keys, next)) next = 4;
    }
    $jsonEnd(out, open, false, next === 4);
  }
  return true;
};

const z = function stringify(serialize, out, open, holder, key, value, replacer, keys) {
  return $call(serialize, undefined, out, open, holder, key, value, replacer, keys, 0) ? $jsonText(out) : undefined;
};
})()
