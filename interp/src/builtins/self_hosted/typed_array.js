(function () {
// The methods of %TypedArray%.prototype that call back, and what iterates (23.2). These functions close over nothing.
"use strict";

function every(callback, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  for (let k = 0; k < len; k++) {
    if (!$call(callback, thisArg, O[k], k, O)) return false;
  }
  return true;
}

function filter(callback, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  const kept = $arrayCreate();
  let count = 0;
  for (let k = 0; k < len; k++) {
    const value = O[k];
    if ($call(callback, thisArg, value, k, O)) count = $push(kept, value);
  }
  const C = $typedSpecies(O), A = new C(count);
  $typedCheck(A, count, O);
  for (let k = 0; k < count; k++) A[k] = kept[k];
  return A;
}

function find(predicate, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = 0; k < len; k++) {
    const value = O[k];
    if ($call(predicate, thisArg, value, k, O)) return value;
  }
}

function findIndex(predicate, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = 0; k < len; k++) {
    if ($call(predicate, thisArg, O[k], k, O)) return k;
  }
  return -1;
}

function findLast(predicate, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = len - 1; k >= 0; k--) {
    const value = O[k];
    if ($call(predicate, thisArg, value, k, O)) return value;
  }
}

function findLastIndex(predicate, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(predicate)) $typeError("is not a function", predicate);
  for (let k = len - 1; k >= 0; k--) {
    if ($call(predicate, thisArg, O[k], k, O)) return k;
  }
  return -1;
}

function forEach(callback, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  for (let k = 0; k < len; k++) $call(callback, thisArg, O[k], k, O);
}

function map(callback, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  const C = $typedSpecies(O), A = new C(len);
  $typedCheck(A, len, O);
  for (let k = 0; k < len; k++) A[k] = $call(callback, thisArg, O[k], k, O);
  return A;
}

function reduce(callback, ...initial) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  let k = 0, accumulator;
  if (initial.length > 0) accumulator = initial[0];
  else {
    if (len === 0) $typeError("reduce of an empty typed array with no initial value");
    accumulator = O[k++];
  }
  for (; k < len; k++) accumulator = $call(callback, undefined, accumulator, O[k], k, O);
  return accumulator;
}

function reduceRight(callback, ...initial) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  let k = len - 1, accumulator;
  if (initial.length > 0) accumulator = initial[0];
  else {
    if (len === 0) $typeError("reduce of an empty typed array with no initial value");
    accumulator = O[k--];
  }
  for (; k >= 0; k--) accumulator = $call(callback, undefined, accumulator, O[k], k, O);
  return accumulator;
}

function some(callback, thisArg = undefined) {
  const O = this, len = $typedLength(O);
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  for (let k = 0; k < len; k++) {
    if ($call(callback, thisArg, O[k], k, O)) return true;
  }
  return false;
}

// %TypedArray%.from
function from(source, mapper = undefined, thisArg = undefined) {
  const C = this;
  if (!$isConstructor(C)) $typeError("is not a constructor", C);
  if (mapper !== undefined && !$isCallable(mapper)) $typeError("is not a function", mapper);
  const method = $iteratorMethod(source);
  let list;
  if (method === undefined) list = $toObject(source);
  else if ($isHole((list = $plainItems(source)))) {
    list = $arrayCreate();
    const iterator = $call(method, source);
    if (!$isObject(iterator)) $typeError("is not an iterator", iterator);
    const next = iterator.next;
    for (let value; !$isHole((value = $iterStep($call(next, iterator)))); ) $push(list, value);
  }
  const len = $toLength(list.length), A = new C(len);
  $typedCheck(A, len);
  for (let k = 0; k < len; k++) {
    const value = list[k];
    A[k] = mapper === undefined ? value : $call(mapper, thisArg, value, k);
  }
  return A;
}

// `sort` and `toSorted` with a comparator: of `list`, which goes to `A`.
function sortInto(A, list, comparator, sortList) {
  $typedStore(A, $call(sortList, undefined, list, list.length, comparator));
  return A;
}

// A constructor with an iterable.
function fromIterable(source, method, prototype, kind) {
  const list = $arrayCreate(), iterator = $call(method, source);
  if (!$isObject(iterator)) $typeError("is not an iterator", iterator);
  const next = iterator.next;
  for (let value; !$isHole((value = $iterStep($call(next, iterator)))); ) $push(list, value);
  return $typedFrom(prototype, kind, list);
}
})()
