(function () {
// The methods of Map, Set and WeakMap that call back (24.1, 24.2, 24.3). Positions are cells of the engine.
"use strict";

return {
  constructor: {
    groupBy(items, callback) {
      if (items === undefined || items === null) $typeError("Map.groupBy called on null or undefined");
      if (!$isCallable(callback)) $typeError("is not a function", callback);
      const groups = $newGroups();
      let k = 0;
      for (const value of items) $group(groups, $call(callback, undefined, value, k++), value);
      return groups;
    },
  },
  map: {
    forEach(callback, thisArg = undefined) {
      const position = $mapIterate(this, callback);
      for (let key; !$isHole((key = $nextKey(position))); ) {
        $call(callback, thisArg, $itsValue(position), key, this);
      }
    },
    getOrInsertComputed(key, callback) {
      const known = $mapFind(this, key, callback);
      if (!$isHole(known)) return known;
      // CanonicalizeKeyedCollectionKey: the callback does not see a negative zero.
      if (key === 0) key = 0;
      const value = $call(callback, undefined, key);
      $mapPut(this, key, value);
      return value;
    },
  },
  set: {
    forEach(callback, thisArg = undefined) {
      const position = $setIterate(this, callback);
      for (let key; !$isHole((key = $nextKey(position))); ) $call(callback, thisArg, key, key, this);
    },
  },
  weakMap: {
    getOrInsertComputed(key, callback) {
      const known = $weakFind(this, key, callback);
      if (!$isHole(known)) return known;
      const value = $call(callback, undefined, key);
      $weakPut(this, key, value);
      return value;
    },
  },
};
})()
