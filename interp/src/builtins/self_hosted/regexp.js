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

// 22.2.6.16 RegExp.prototype.test ( S ), with an `exec` of a script; so the following.
function test(rx, S) {
  const exec = rx.exec;
  let result;
  if ($isCallable(exec)) {
    result = $call(exec, rx, S);
    if (result !== null && !$isObject(result)) $typeError("is neither an object nor null", result);
  } else result = $builtinExec(rx, S);
  return result !== null;
}

// 22.2.6.8 RegExp.prototype [ %Symbol.match% ] ( string )
function match(rx, S) {
  const flags = $flagBits($toString(rx.flags)), global = flags & 1, unicode = flags & 2;
  if (global) rx.lastIndex = 0;
  const list = $arrayCreate();
  for (let count = 0; ; ) {
    const exec = rx.exec;
    let result;
    if ($isCallable(exec)) {
      result = $call(exec, rx, S);
      if (result !== null && !$isObject(result)) $typeError("is neither an object nor null", result);
    } else result = $builtinExec(rx, S);
    if (!global) return result;
    if (result === null) return count === 0 ? null : list;
    const matched = $toString(result[0]);
    count = $push(list, matched);
    if (matched === "") rx.lastIndex = $advance(S, $toLength(rx.lastIndex), unicode);
  }
}

// 22.2.6.12 RegExp.prototype [ %Symbol.search% ] ( string )
function search(rx, S) {
  const previous = rx.lastIndex;
  if (previous !== 0 || 1 / previous < 0) rx.lastIndex = 0;
  const exec = rx.exec;
  let result;
  if ($isCallable(exec)) {
    result = $call(exec, rx, S);
    if (result !== null && !$isObject(result)) $typeError("is neither an object nor null", result);
  } else result = $builtinExec(rx, S);
  const current = rx.lastIndex;
  // SameValue ( current, previous )
  const same = current === previous
    ? current !== 0 || 1 / current === 1 / previous
    : current !== current && previous !== previous;
  if (!same) rx.lastIndex = previous;
  return result === null ? -1 : result.index;
}

// 22.2.6.14 RegExp.prototype [ %Symbol.split% ] ( string, limit ), from the splitter and a limit above zero on
function split(splitter, S, limit, unicode) {
  const list = $arrayCreate(), size = S.length;
  let p = 0;
  for (let q = 0; q < size || size === 0; ) {
    if (size > 0) splitter.lastIndex = q;
    const exec = splitter.exec;
    let z;
    if ($isCallable(exec)) {
      z = $call(exec, splitter, S);
      if (z !== null && !$isObject(z)) $typeError("is neither an object nor null", z);
    } else z = $builtinExec(splitter, S);
    if (size === 0) {
      if (z === null) $push(list, S);
      return list;
    }
    let e = p;
    if (z !== null) {
      e = $toLength(splitter.lastIndex);
      if (e > size) e = size;
    }
    if (e === p) q = $advance(S, q, unicode);
    else {
      if ($push(list, $part(S, [p, q], 0)) === limit) return list;
      p = e;
      const n = $toLength(z.length);
      for (let i = 1; i < n; i++) {
        if ($push(list, z[i]) === limit) return list;
      }
      q = p;
    }
  }
  $push(list, $part(S, [p, size], 0));
  return list;
}
})()
