(function () {
// What the functions of Promise (27.2.4, 27.2.5) do where they call scripts.
"use strict";

// The places of a combination, which is a list of the engine (see `Combination`).
const ON_FULFILLED = 6, ON_REJECTED = 7;

return {
  // 27.2.4.1 Promise.all ( iterable ) and its like, but for arrays of which nobody sees that they are iterated
  combine(constructor, resolve, items, all, promise, reject) {
    try {
      for (const item of items) {
        const next = $call(resolve, constructor, item);
        $combineNext(all);
        next.then(all[ON_FULFILLED], all[ON_REJECTED]);
      }
      $combineEnd(all);
    } catch (e) {
      $call(reject, undefined, e);
    }
    return promise;
  },

  // 27.2.4.8 Promise.try ( callback, ...args )
  attempt(callback, args, promise, resolve, reject) {
    let value;
    try {
      value = $callWith(callback, undefined, args);
    } catch (e) {
      $call(reject, undefined, e);
      return promise;
    }
    $call(resolve, undefined, value);
    return promise;
  },

  // 27.1.6.2 The %AsyncFromSyncIteratorPrototype% methods, from the call of the sync iterator's on
  callSync(method, iterator, promise, mode, given, v) {
    try {
      const result = given ? $call(method, iterator, v) : $call(method, iterator);
      $continueSync(promise, iterator, result, mode);
    } catch (e) {
      $rejectPromise(promise, e);
    }
    return promise;
  },

  // 27.2.5.3.1 Then Finally Functions, 27.2.5.3.2 Catch Finally Functions
  afterFinally(onFinally, constructor, settled, throws) {
    const result = $call(onFinally, undefined);
    const promise = $promiseResolve(constructor, result);
    return promise.then($passOn(settled, throws));
  },
};
})();
