(function () {
// What the constructors of Map, Set, WeakMap and WeakSet do with an iterable (24.1.1.2 AddEntriesFromIterable and its like).
// These functions close over nothing.
"use strict";

function addEntries(target, iterable, adder) {
  for (const item of iterable) {
    if (!$isObject(item)) $typeError("iterator value is not an entry object");
    $call(adder, target, item[0], item[1]);
  }
  return target;
}

function addValues(target, iterable, adder) {
  for (const item of iterable) $call(adder, target, item);
  return target;
}
})()
