(function () {
// What operations of the machine have to do when they call a script: written here, it is called in the loop that runs.
"use strict";

// The operations of `$classElement`: the code of a field; defines a field and those after it that have no code, and gives
// the place of the next that has, or -1.
const FIELD_CODE = 8, DEFINE_FIELDS = 9;

// ToPrimitive
function primitive(v, hint) {
  return $isObject(v) ? converted(v, hint, $conversion(v, hint)) : v;
}

// The same of an object, and of what `$conversion` said about it.
function converted(v, hint, known) {
  if (known !== undefined) {
    const result = $call(known, v);
    if (!$isObject(result)) return result;
  } else {
    const exotic = $toPrimitiveMethod(v);
    if (exotic !== undefined) {
      const result = $call(exotic, v, hint);
      if (!$isObject(result)) return result;
      $typeError("cannot convert object to primitive value");
    }
    const first = hint === "string" ? v.toString : v.valueOf;
    if ($isCallable(first)) {
      const result = $call(first, v);
      if (!$isObject(result)) return result;
    }
  }
  const second = hint === "string" ? v.valueOf : v.toString;
  if ($isCallable(second)) {
    const result = $call(second, v);
    if (!$isObject(result)) return result;
  }
  $typeError("cannot convert object to primitive value");
}

// ToNumeric
function numeric(v) {
  return $toNumeric($isObject(v) ? converted(v, "number", $conversion(v, "number")) : v);
}

return {
  // Promise ( executor ), its last steps
  executor(executor, resolve, reject, promise) {
    try {
      $call(executor, undefined, resolve, reject);
    } catch (e) {
      $call(reject, undefined, e);
    }
    return promise;
  },

  // InitializeInstanceElements, from the first field that has code
  fields(ctor, object, i) {
    do {
      const code = $classElement(FIELD_CODE, ctor, i);
      i = $classElement(DEFINE_FIELDS, ctor, i, object, $call(code, object));
    } while (i >= 0);
  },

  // [[Construct]] of a proxy with a trap
  construct(trap, handler, target, list, newTarget) {
    const result = $call(trap, handler, target, list, newTarget);
    if (!$isObject(result)) $proxyCheck(0);
    return result;
  },

  // [[Get]] of a proxy with a trap
  get(trap, handler, target, key, receiver) {
    const v = $call(trap, handler, target, key, receiver);
    $proxyCheck(1, target, key, v);
    return v;
  },

  // [[Set]] of a proxy with a trap, by an assignment
  set(trap, handler, target, key, v, receiver, strict) {
    if ($call(trap, handler, target, key, v, receiver)) $proxyCheck(2, target, key, v);
    else if (strict) $proxyCheck(3, target, key);
  },

  // a + b with an object among them
  add(a, b) {
    if ($isObject(a)) a = converted(a, "default", $conversion(a, "default"));
    if ($isObject(b)) b = converted(b, "default", $conversion(b, "default"));
    return a + b;
  },

  // The other arithmetic operators
  arith(op, a, b) {
    a = numeric(a);
    b = numeric(b);
    switch (op) {
      case 0: return a - b;
      case 1: return a * b;
      case 2: return a / b;
      case 3: return a % b;
      case 4: return a ** b;
      case 5: return a & b;
      case 6: return a | b;
      case 7: return a ^ b;
      case 8: return a << b;
      case 9: return a >> b;
      default: return a >>> b;
    }
  },

  // ToNumber or ToNumeric of an object
  number(v, isNumeric) {
    return isNumeric ? numeric(v) : $toNumber(primitive(v, "number"));
  },

  // ToString of an object
  string(v) {
    return $toString(primitive(v, "string"));
  },

  // A comparison with an object
  compare(how, a, b, known) {
    const hint = how < 4 ? "number" : "default";
    if ($isObject(a)) a = converted(a, hint, known);
    if ($isObject(b)) b = converted(b, hint, $conversion(b, hint));
    switch (how) {
      case 0: return a < b;
      case 1: return a <= b;
      case 2: return a > b;
      case 3: return a >= b;
      case 4: return a == b;
      default: return a != b;
    }
  },

  // Unary operators of an object
  unary(op, v) {
    v = numeric(v);
    switch (op) {
      case 0: return -v;
      case 1: return ~v;
      case 2: return ++v;
      default: return --v;
    }
  },

  // ToPropertyKey of an object
  key(v) {
    return $toKey(primitive(v, "string"));
  },

  // o[k], where k is an object and o neither undefined nor null
  element(o, k) {
    return o[$toKey(primitive(k, "string"))];
  },

  // InstanceofOperator with a Symbol.hasInstance
  hasInstance(handler, target, v) {
    return !!$call(handler, target, v);
  },

  // IteratorClose by a `return` method; after a throw, whatever that does
  close(method, iterator, quietly) {
    if (!quietly) {
      if (!$isObject($call(method, iterator))) $typeError("result of the iterator's return method is not an object");
      return;
    }
    try {
      $call(method, iterator);
    } catch {}
  },
};
})();
