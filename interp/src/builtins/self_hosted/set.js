(function () {
// The methods of Set that take another set (24.2.4). `$set(op, …)` are the table's operations.
"use strict";

const SIZE = 0, HAS = 1, ADD = 2, DELETE = 3, NEW = 4, ITERATE = 5, NEXT = 6, COPY = 7;

// GetSetRecord: the checks, in their order.
function record(other) {
  if (!$isObject(other)) $typeError("is not an object", other);
  let size = $toNumber(other.size);
  if (size !== size) $typeError("size of the other set is not a number");
  size = $toInteger(size);
  if (size < 0) $rangeError("is not a size", size);
  const has = other.has;
  if (!$isCallable(has)) $typeError("is not a function", has);
  const keys = other.keys;
  if (!$isCallable(keys)) $typeError("is not a function", keys);
  return { size, has, keys };
}

function iterate(other, keys) {
  const iterator = $call(keys, other);
  if (!$isObject(iterator)) $typeError("is not an iterator", iterator);
  return iterator;
}

function step(iterator, next) {
  const result = $call(next, iterator);
  if (!$isObject(result)) $typeError("is not an iterator result", result);
  return result;
}

return {
  difference(other) {
    const size = $set(SIZE, this), { size: otherSize, has, keys } = record(other);
    if (size <= otherSize) {
      const result = $set(COPY, this), iterator = $set(ITERATE, result);
      for (let e; !$isHole((e = $set(NEXT, iterator))); ) {
        if ($call(has, other, e)) $set(DELETE, result, e);
      }
      return result;
    }
    const iterator = iterate(other, keys), next = iterator.next, result = $set(COPY, this);
    for (;;) {
      const r = step(iterator, next);
      if (r.done) return result;
      $set(DELETE, result, r.value);
    }
  },
  intersection(other) {
    const size = $set(SIZE, this), { size: otherSize, has, keys } = record(other);
    const result = $set(NEW);
    if (size <= otherSize) {
      const iterator = $set(ITERATE, this);
      for (let e; !$isHole((e = $set(NEXT, iterator))); ) {
        if ($call(has, other, e)) $set(ADD, result, e);
      }
      return result;
    }
    const iterator = iterate(other, keys), next = iterator.next;
    for (;;) {
      const r = step(iterator, next);
      if (r.done) return result;
      const value = r.value;
      if ($set(HAS, this, value)) $set(ADD, result, value);
    }
  },
  isDisjointFrom(other) {
    const size = $set(SIZE, this), { size: otherSize, has, keys } = record(other);
    if (size <= otherSize) {
      const iterator = $set(ITERATE, this);
      for (let e; !$isHole((e = $set(NEXT, iterator))); ) {
        if ($call(has, other, e)) return false;
      }
      return true;
    }
    const iterator = iterate(other, keys), next = iterator.next;
    for (;;) {
      const r = step(iterator, next);
      if (r.done) return true;
      if ($set(HAS, this, r.value)) {
        $iterClose(iterator);
        return false;
      }
    }
  },
  isSubsetOf(other) {
    const size = $set(SIZE, this), { size: otherSize, has } = record(other);
    if (size > otherSize) return false;
    const iterator = $set(ITERATE, this);
    for (let e; !$isHole((e = $set(NEXT, iterator))); ) {
      if (!$call(has, other, e)) return false;
    }
    return true;
  },
  isSupersetOf(other) {
    const size = $set(SIZE, this), { size: otherSize, keys } = record(other);
    if (size < otherSize) return false;
    const iterator = iterate(other, keys), next = iterator.next;
    for (;;) {
      const r = step(iterator, next);
      if (r.done) return true;
      if (!$set(HAS, this, r.value)) {
        $iterClose(iterator);
        return false;
      }
    }
  },
  symmetricDifference(other) {
    $set(SIZE, this);
    const { keys } = record(other);
    const iterator = iterate(other, keys), next = iterator.next, result = $set(COPY, this);
    for (;;) {
      const r = step(iterator, next);
      if (r.done) return result;
      const value = r.value;
      if ($set(HAS, this, value)) $set(DELETE, result, value);
      else $set(ADD, result, value);
    }
  },
  union(other) {
    $set(SIZE, this);
    const { keys } = record(other);
    const iterator = iterate(other, keys), next = iterator.next, result = $set(COPY, this);
    for (;;) {
      const r = step(iterator, next);
      if (r.done) return result;
      $set(ADD, result, r.value);
    }
  },
};
})()
