(function () {
// Copying and searching properties, from the first on that calls a script (see `builtins/object_copy.rs`, `array.rs`).
"use strict";

return {
  // 20.1.2.1 Object.assign ( target, ...sources ): the keys of `from` that are left, then the sources that are
  assign(to, from, keys, sources) {
    for (let i = 0, n = sources.length; ; i++) {
      for (let k = 0, end = keys.length; k < end; k++) {
        const key = keys[k];
        if ($isEnumerable(from, key)) to[key] = from[key];
      }
      while (i < n && (sources[i] === undefined || sources[i] === null)) i++;
      if (i >= n) return to;
      from = $toObject(sources[i]);
      keys = $ownKeys(from);
    }
  },

  // 7.3.23 EnumerableOwnProperties ( O, kind )
  list(from, keys, list, entries) {
    for (let k = 0, end = keys.length; k < end; k++) {
      const key = keys[k];
      if (typeof key === "symbol" || !$isEnumerable(from, key)) continue;
      $push(list, entries ? [key, from[key]] : from[key]);
    }
    return list;
  },

  // 7.3.25 CopyDataProperties ( target, source, excludedItems )
  copy(target, from, keys) {
    for (let k = 0, end = keys.length; k < end; k++) {
      const key = keys[k];
      if ($isEnumerable(from, key)) $defineData(target, key, from[key]);
    }
  },

  // 23.1.3.2 Array.prototype.concat ( ...items ): the items that are left
  concat(out, n, items) {
    for (let i = 0, end = items.length; i < end; i++) {
      const item = items[i];
      // IsConcatSpreadable
      let spread = false;
      if ($isObject(item)) {
        const asked = item[$spreadableKey()];
        spread = asked === undefined ? $isArray(item) : asked;
      }
      if (spread) {
        const length = $toLength(item.length);
        if (n + length > 9007199254740991) $typeError("array is too long");
        for (let k = 0; k < length; k++, n++) {
          if (k in item) $defineData(out, n, item[k]);
        }
      } else {
        if (n >= 9007199254740991) $typeError("array is too long");
        $defineData(out, n++, item);
      }
    }
    out.length = n;
    return out;
  },

  // 23.1.3.28 Array.prototype.slice ( start, end ) of a proxy; so the following
  slice(out, O, k, end) {
    let n = 0;
    for (; k < end; k++, n++) {
      if (k in O) $defineData(out, n, O[k]);
    }
    out.length = n;
    return out;
  },

  // 23.1.3.17 Array.prototype.indexOf ( searchElement [ , fromIndex ] )
  indexOf(O, x, k, end) {
    for (; k < end; k++) {
      if (k in O && O[k] === x) return k;
    }
    return -1;
  },

  // 23.1.3.16 Array.prototype.includes ( searchElement [ , fromIndex ] )
  includes(O, x, k, end) {
    for (; k < end; k++) {
      if ($sameValueZero(O[k], x)) return true;
    }
    return false;
  },

  // 28.1.12 Reflect.set ( target, propertyKey, V [ , receiver ] ) that comes to a setter
  set(setter, receiver, v) {
    $call(setter, receiver, v);
    return true;
  },
};
})();
