(function () {
// The methods of Array that call back (23.1.2, 23.1.3), run by the VM like any script, so that fuel,
// interrupts, stack limits and collections hold inside them. `$name(…)` are the engine's operations.
"use strict";

function forEach(callback, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  for (let k = 0; k < len; k++) {
    if (k in O) $call(callback, thisArg, O[k], k, O);
  }
}

function map(callback, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  const A = $speciesCreate(O, len);
  for (let k = 0; k < len; k++) {
    if (k in O) $defineData(A, k, $call(callback, thisArg, O[k], k, O));
  }
  return A;
}

function filter(callback, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  const A = $speciesCreate(O, 0);
  let to = 0;
  for (let k = 0; k < len; k++) {
    if (k in O) {
      const value = O[k];
      if ($call(callback, thisArg, value, k, O)) $defineData(A, to++, value);
    }
  }
  return A;
}

function every(callback, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  for (let k = 0; k < len; k++) {
    if (k in O && !$call(callback, thisArg, O[k], k, O)) return false;
  }
  return true;
}

function some(callback, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  for (let k = 0; k < len; k++) {
    if (k in O && $call(callback, thisArg, O[k], k, O)) return true;
  }
  return false;
}

function find(predicate, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = 0; k < len; k++) {
    const value = O[k];
    if ($call(predicate, thisArg, value, k, O)) return value;
  }
}

function findIndex(predicate, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = 0; k < len; k++) {
    if ($call(predicate, thisArg, O[k], k, O)) return k;
  }
  return -1;
}

function findLast(predicate, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = len - 1; k >= 0; k--) {
    const value = O[k];
    if ($call(predicate, thisArg, value, k, O)) return value;
  }
}

function findLastIndex(predicate, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = len - 1; k >= 0; k--) {
    if ($call(predicate, thisArg, O[k], k, O)) return k;
  }
  return -1;
}

function reduce(callback, ...initial) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  let k = 0;
  let accumulator;
  if (initial.length > 0) {
    accumulator = initial[0];
  } else {
    while (k < len && !(k in O)) k++;
    if (k >= len) $typeError("reduce of empty array with no initial value");
    accumulator = O[k++];
  }
  for (; k < len; k++) {
    if (k in O) accumulator = $call(callback, undefined, accumulator, O[k], k, O);
  }
  return accumulator;
}

function reduceRight(callback, ...initial) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  let k = len - 1;
  let accumulator;
  if (initial.length > 0) {
    accumulator = initial[0];
  } else {
    while (k >= 0 && !(k in O)) k--;
    if (k < 0) $typeError("reduce of empty array with no initial value");
    accumulator = O[k--];
  }
  for (; k >= 0; k--) {
    if (k in O) accumulator = $call(callback, undefined, accumulator, O[k], k, O);
  }
  return accumulator;
}

// 23.1.3.30.1 SortIndexedProperties: a stable merge sort of a list of our own.
// Sorts the first n values of a list of ours by a comparison; stable: insertion in short runs, then merging them.
function sortList(list, n, compare) {
  for (let left = 0; left < n; left += 6) {
    const right = left + 6 < n ? left + 6 : n;
    for (let i = left + 1; i < right; i++) {
      const x = list[i];
      let j = i;
      while (j > left && +$call(compare, undefined, list[j - 1], x) > 0) {
        list[j] = list[j - 1];
        j--;
      }
      list[j] = x;
    }
  }
  let from = list;
  let to = n > 6 ? $arrayCreate(n) : list;
  for (let width = 6; width < n; width *= 2) {
    let k = 0;
    for (let left = 0; left < n; left += 2 * width) {
      const middle = left + width < n ? left + width : n;
      const right = left + 2 * width < n ? left + 2 * width : n;
      let i = left;
      let j = middle;
      if (j < right && +$call(compare, undefined, from[j - 1], from[j]) > 0) {
        while (i < middle && j < right) {
          if (+$call(compare, undefined, from[i], from[j]) > 0) to[k++] = from[j++];
          else to[k++] = from[i++];
        }
      }
      while (i < middle) to[k++] = from[i++];
      while (j < right) to[k++] = from[j++];
    }
    const swap = from;
    from = to;
    to = swap;
  }
  return from;
}

// SortIndexedProperties' list, sorted: undefined values, of which there are `undefineds`, come last.
function sorted(list, n, undefineds, compare) {
  if (compare === undefined) {
    if (!$sortDefault(list)) list = sortList(list, n, compareAsStrings);
  } else list = sortList(list, n, compare);
  for (let k = 0; k < undefineds; k++) {
    if (n + k < list.length) list[n + k] = undefined;
    else $push(list, undefined);
  }
  return list;
}

function compareAsStrings(x, y) {
  return $sortCompare(x, y);
}

function sort(comparefn) {
  if (comparefn !== undefined && !$isCallable(comparefn)) $typeError("is not a function or undefined", comparefn);
  const O = $toObject(this);
  const len = $toLength(O.length);
  const list = $arrayCreate();
  let n = 0;
  let undefineds = 0;
  for (let k = 0; k < len; k++) {
    if (k in O) {
      const x = O[k];
      if (x === undefined) undefineds++;
      else n = $push(list, x);
    }
  }
  const result = sorted(list, n, undefineds, comparefn);
  n += undefineds;
  for (let k = 0; k < n; k++) O[k] = result[k];
  for (let k = n; k < len; k++) {
    if (k in O) $deleteOrThrow(O, k);
  }
  return O;
}

function toSorted(comparefn) {
  if (comparefn !== undefined && !$isCallable(comparefn)) $typeError("is not a function or undefined", comparefn);
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (len > 4294967295) $rangeError("invalid array length");
  const list = $arrayCreate();
  let n = 0;
  let undefineds = 0;
  for (let k = 0; k < len; k++) {
    const x = O[k];
    if (x === undefined) undefineds++;
    else n = $push(list, x);
  }
  return sorted(list, n, undefineds, comparefn);
}

function flatten(target, source, len, start, depth, mapper, thisArg) {
  for (let k = 0; k < len; k++) {
    if (k in source) {
      let element = source[k];
      if (mapper !== undefined) element = $call(mapper, thisArg, element, k, source);
      if (depth > 0 && $isArray(element)) {
        start = flatten(target, element, $toLength(element.length), start, depth - 1, undefined, undefined);
      } else {
        if (start >= 9007199254740991) $typeError("array is too long");
        $defineData(target, start++, element);
      }
    }
  }
  return start;
}

function flatMap(mapper, thisArg = undefined) {
  const O = $toObject(this);
  const len = $toLength(O.length);
  if (!$isCallable(mapper)) $typeError("is not a function", mapper);
  const A = $speciesCreate(O, 0);
  flatten(A, O, len, 0, 1, mapper, thisArg);
  return A;
}

function flat() {
  const O = $toObject(this);
  const len = $toLength(O.length);
  let depth = 1;
  if (arguments.length > 0 && arguments[0] !== undefined) depth = $toInteger(arguments[0]);
  const A = $speciesCreate(O, 0);
  flatten(A, O, len, 0, depth, undefined, undefined);
  return A;
}

function from(items, mapfn = undefined, thisArg = undefined) {
  const C = this;
  if (mapfn !== undefined && !$isCallable(mapfn)) $typeError("is not a function", mapfn);
  const usingIterator = $iteratorMethod(items);
  if (usingIterator !== undefined) {
    const A = $isConstructor(C) ? $construct(C) : $arrayCreate();
    let k = 0;
    for (const value of items) {
      $defineData(A, k, mapfn === undefined ? value : $call(mapfn, thisArg, value, k));
      k++;
    }
    A.length = k;
    return A;
  }
  const arrayLike = $toObject(items);
  const len = $toLength(arrayLike.length);
  const A = $isConstructor(C) ? $construct(C, len) : $speciesCreate(undefined, len);
  for (let k = 0; k < len; k++) {
    const value = arrayLike[k];
    $defineData(A, k, mapfn === undefined ? value : $call(mapfn, thisArg, value, k));
  }
  A.length = len;
  return A;
}

// 23.1.2.1 Array.fromAsync, after its promise is made.
async function collect(C, asyncItems, mapper, thisArg) {
  if (mapper !== undefined && !$isCallable(mapper)) $typeError("is not a function", mapper);
  const asyncMethod = $asyncIteratorMethod(asyncItems);
  const method = asyncMethod === undefined ? $iteratorMethod(asyncItems) : asyncMethod;
  if (method === undefined) {
    const arrayLike = $toObject(asyncItems);
    const len = $toLength(arrayLike.length);
    const A = $isConstructor(C) ? $construct(C, len) : $speciesCreate(undefined, len);
    for (let k = 0; k < len; k++) {
      let value = await arrayLike[k];
      if (mapper !== undefined) value = await $call(mapper, thisArg, value, k);
      $defineData(A, k, value);
    }
    A.length = len;
    return A;
  }
  let iterator = $call(method, asyncItems);
  if (!$isObject(iterator)) $typeError("is not an iterator", iterator);
  let next = iterator.next;
  if (asyncMethod === undefined) {
    iterator = $fromSync(iterator, next);
    next = iterator.next;
  }
  const A = $isConstructor(C) ? $construct(C) : $arrayCreate();
  for (let k = 0; ; k++) {
    const result = await $call(next, iterator);
    if (!$isObject(result)) $typeError("is not an iterator result", result);
    if (result.done) {
      A.length = k;
      return A;
    }
    let value = result.value;
    try {
      if (mapper !== undefined) value = await $call(mapper, thisArg, value, k);
      $defineData(A, k, value);
    } catch (e) {
      // AsyncIteratorClose of a throw: what closing throws is swallowed.
      try {
        const close = $getMethod(iterator, "return");
        if (close !== undefined) await $call(close, iterator);
      } catch {}
      throw e;
    }
  }
}

function fromAsync(asyncItems, mapper = undefined, thisArg = undefined) {
  return collect(this, asyncItems, mapper, thisArg);
}

return { fromAsync, forEach, map, filter, every, some, find, findIndex, findLast, findLastIndex, reduce, reduceRight, sort, toSorted, flatMap, flat, from };
})()
