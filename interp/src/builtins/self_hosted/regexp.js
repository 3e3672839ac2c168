(function () {
// What RegExp.prototype [ %Symbol.replace% ] (22.2.6.11) does with a function, and with a RegExp that was touched. These
// functions close over nothing.
"use strict";

// `list` has all matches of a RegExp that nobody touched (see string.js), each with its captures.
function replaceMatches(S, callback, list) {
  const n = list.length, stride = list[0];
  if (stride === 3) {
    for (let i = 1; i < n; i += 3) {
      list[i + 2] = $toString($call(callback, undefined, $part(S, list, i), list[i], S));
    }
  } else if (stride === 5) {
    for (let i = 1; i < n; i += 5) {
      list[i + 4] = $toString($call(callback, undefined, $part(S, list, i), $part(S, list, i + 2), list[i], S));
    }
  } else if (stride === 7) {
    for (let i = 1; i < n; i += 7) {
      const m = $part(S, list, i), a = $part(S, list, i + 2), b = $part(S, list, i + 4);
      list[i + 6] = $toString($call(callback, undefined, m, a, b, list[i], S));
    }
  } else if (stride === 9) {
    for (let i = 1; i < n; i += 9) {
      const m = $part(S, list, i), a = $part(S, list, i + 2), b = $part(S, list, i + 4), c = $part(S, list, i + 6);
      list[i + 8] = $toString($call(callback, undefined, m, a, b, c, list[i], S));
    }
  } else {
    for (let i = 1; i < n; i += stride) {
      list[i + stride - 1] = $toString($callWith(callback, undefined, $partsOf(S, list, i, stride)));
    }
  }
  return $joinParts(S, list);
}

// The specification's steps.
function replace(rx, S, functional, replaceValue) {
  const flags = $flagBits($toString(rx.flags)), global = flags & 1, unicode = flags & 2;
  if (global) rx.lastIndex = 0;
  const results = $arrayCreate();
  let count = 0;
  for (;;) {
    // 22.2.7.1 RegExpExec ( R, S )
    const exec = rx.exec;
    let result;
    if ($isCallable(exec)) {
      result = $call(exec, rx, S);
      if (result !== null && !$isObject(result)) $typeError("is neither an object nor null", result);
    } else result = $builtinExec(rx, S);
    if (result === null) break;
    count = $push(results, result);
    if (!global) break;
    if ($toString(result[0]) === "") rx.lastIndex = $advance(S, $toLength(rx.lastIndex), unicode);
  }
  const parts = $arrayCreate();
  $push(parts, 3);
  let done = 0;
  for (let i = 0; i < count; i++) {
    const result = results[i], n = $toLength(result.length), matched = $toString(result[0]);
    let position = $toInteger(result.index);
    if (position < 0) position = 0;
    else if (position > S.length) position = S.length;
    const list = $arrayCreate();
    $push(list, matched);
    for (let k = 1; k < n; k++) {
      const capture = result[k];
      $push(list, capture === undefined ? capture : $toString(capture));
    }
    let groups = result.groups, text;
    if (functional) {
      $push(list, position);
      $push(list, S);
      if (groups !== undefined) $push(list, groups);
      text = $toString($callWith(replaceValue, undefined, list));
    } else {
      if (groups !== undefined) groups = $toObject(groups);
      text = $substitute(list, S, position, groups, replaceValue);
    }
    if (position >= done) {
      done = position + matched.length;
      $push(parts, position);
      $push(parts, done);
      $push(parts, text);
    }
  }
  return $joinParts(S, parts);
}
})()
