(function () {
// Decorators of classes and their elements (the stage 3 proposal). The compiler evaluates decorators, keys and
// functions, and hands over a record for each element; `$classElement(op, …)` are the operations on elements.
"use strict";

// The places of a record.
const KIND = 0, STATIC = 1, PRIVATE = 2, KEY = 3, DECORATORS = 4, VALUE = 5, GET = 6, SET = 7, STORAGE = 8;
// The kinds. As flags of a definition: 1 method, 2 getter, 4 setter; 0 field, 8 a function that is only run.
const FIELD = 0, METHOD = 1, GETTER = 2, ACCESSOR = 3, SETTER = 4, BLOCK = 5;
const KINDS = ["field", "method", "getter", "accessor", "setter"];
const RUN = 8;

const DEFINE = 0, ADD = 1, DEFINE_PRIVATE = 2, GET_PRIVATE = 3, SET_PRIVATE = 4, HAS_PRIVATE = 5, DESCRIPTION = 6;

// CreateDecoratorAccessObject
function access(kind, key, isPrivate) {
  function check(object) {
    if (!$isObject(object)) $typeError("is not an object", object);
  }
  const { get, set, has } = {
    get(object) {
      check(object);
      return isPrivate ? $classElement(GET_PRIVATE, object, key) : object[key];
    },
    set(object, value) {
      check(object);
      if (isPrivate) $classElement(SET_PRIVATE, object, key, value);
      else object[key] = value;
    },
    has(object) {
      check(object);
      return isPrivate ? $classElement(HAS_PRIVATE, object, key) : $has(object, key);
    },
  };
  if (kind === SETTER) return { set, has };
  return kind === METHOD || kind === GETTER ? { get, has } : { get, set, has };
}

// CreateAddInitializerFunction
function adder(list, state) {
  return {
    addInitializer(initializer) {
      if (state.finished) $typeError("addInitializer was called after its decorator ended");
      if (!$isCallable(initializer)) $typeError("is not a function", initializer);
      $push(list, initializer);
    },
  }.addInitializer;
}

// Calls one decorator; what it adds by its context goes to `extra`.
function apply(decorators, i, value, context, extra, metadata) {
  const state = { finished: false };
  $defineData(context, "addInitializer", adder(extra, state));
  $defineData(context, "metadata", metadata);
  try {
    return $call(decorators[i], decorators[i + 1], value, context);
  } finally {
    state.finished = true;
  }
}

// What a decorator may give: a function, or nothing.
function functionOr(result, old) {
  if ($isCallable(result)) return result;
  if (result !== undefined) $typeError("is neither a function nor undefined, and a decorator gave it", result);
  return old;
}

// ApplyDecoratorsToElementDefinition: changes the record; initialisers of its value go to `initializers`.
function decorateElement(element, extra, initializers, metadata) {
  const decorators = element[DECORATORS], kind = element[KIND], key = element[KEY];
  const isPrivate = element[PRIVATE];
  const name = isPrivate ? $classElement(DESCRIPTION, key) : typeof key === "number" ? $toString(key) : key;
  // The last one is the first to be called.
  for (let i = decorators.length - 2; i >= 0; i -= 2) {
    const context = {
      kind: KINDS[kind],
      access: access(kind, key, isPrivate),
      static: element[STATIC],
      private: isPrivate,
      name,
    };
    if (kind === ACCESSOR) {
      const value = { get: element[GET], set: element[SET] };
      const result = apply(decorators, i, value, context, extra, metadata);
      if ($isObject(result)) {
        element[GET] = functionOr(result.get, element[GET]);
        element[SET] = functionOr(result.set, element[SET]);
        const init = functionOr(result.init, undefined);
        if (init !== undefined) $push(initializers, init);
      } else if (result !== undefined) {
        $typeError("is neither an object nor undefined, and a decorator gave it", result);
      }
    } else if (kind === FIELD) {
      const init = functionOr(apply(decorators, i, undefined, context, extra, metadata), undefined);
      if (init !== undefined) $push(initializers, init);
    } else {
      const result = apply(decorators, i, element[VALUE], context, extra, metadata);
      element[VALUE] = functionOr(result, element[VALUE]);
    }
  }
}

// A function that gives a field's value: the initialisers of its decorators run from the outermost to the innermost.
function initialiser(init, initializers) {
  if (initializers.length === 0) return init;
  return {
    init() {
      let value = init === undefined ? undefined : $call(init, this);
      for (let i = initializers.length - 1; i >= 0; i--) value = $call(initializers[i], this, value);
      return value;
    },
  }.init;
}

// Runs what was added by `addInitializer`.
function runAll(list, receiver) {
  for (let i = 0; i < list.length; i++) $call(list[i], receiver);
}

function runner(list) {
  return {
    run() {
      runAll(list, this);
    },
  }.run;
}

// Defines a method, getter, setter, or both halves of an `accessor`. Private ones of the class itself come when it is
// finished: it may be another one then.
function defineElement(element, ctor, proto) {
  const key = element[KEY], kind = element[KIND];
  if (element[PRIVATE]) {
    if (!element[STATIC]) eachHalf(element, (f, flags) => { $classElement(ADD, ctor, key, f, flags); });
    return;
  }
  const home = element[STATIC] ? ctor : proto;
  eachHalf(element, (f, flags) => { $classElement(DEFINE, home, key, f, flags === METHOD ? 0 : flags); });
}

function eachHalf(element, f) {
  if (element[KIND] === ACCESSOR) {
    f(element[GET], GETTER);
    f(element[SET], SETTER);
  } else {
    f(element[VALUE], element[KIND]);
  }
}

function isField(element) {
  return element[KIND] === FIELD || element[KIND] === BLOCK;
}

return {
  // Calls all decorators of a class and defines what is no static field or block. Gives the class, and what is to be
  // run when it is finished.
  decorate(ctor, proto, elements, decorators) {
    // Its own, before an element is defined that has that name.
    const name = ctor.name;
    // What the decorators of the class share, and of those that are derived from it inherit.
    const inherited = $getProto(ctor)[$metadataKey()];
    const metadata = { __proto__: $isObject(inherited) ? inherited : null };
    const staticExtra = [], instanceExtra = [], classExtra = [];
    // For each element: initialisers of its value, and what runs after it. (Fields and accessors only.)
    const initializers = [], extra = [];
    for (let i = 0; i < elements.length; i++) {
      $push(initializers, []);
      $push(extra, []);
    }
    // Methods and accessors before fields, and of each those of the class before those of instances.
    for (let pass = 0; pass < 4; pass++) {
      for (let i = 0; i < elements.length; i++) {
        const element = elements[i];
        if (element[STATIC] !== (pass % 2 === 0) || isField(element) !== (pass >= 2)) continue;
        if (element[DECORATORS] !== undefined) {
          const ofValue = isField(element) || element[KIND] === ACCESSOR;
          const list = ofValue ? extra[i] : element[STATIC] ? staticExtra : instanceExtra;
          decorateElement(element, list, initializers[i], metadata);
        }
        if (!isField(element)) defineElement(element, ctor, proto);
      }
    }
    // What instances get: private methods are there already, and come first.
    if (instanceExtra.length > 0) $classElement(ADD, ctor, "", runner(instanceExtra), RUN);
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i], kind = element[KIND];
      if (kind !== FIELD && kind !== ACCESSOR) continue;
      const init = initialiser(element[VALUE], initializers[i]);
      if (element[STATIC]) {
        element[VALUE] = init;
        continue;
      }
      const key = kind === ACCESSOR ? element[STORAGE] : element[KEY];
      $classElement(ADD, ctor, key, init === undefined ? $hole() : init, FIELD);
      if (extra[i].length > 0) $classElement(ADD, ctor, "", runner(extra[i]), RUN);
    }
    // ApplyDecoratorsToClassDefinition
    let result = ctor;
    for (let i = decorators.length - 2; i >= 0; i -= 2) {
      result = functionOr(apply(decorators, i, result, { kind: "class", name }, classExtra, metadata), result);
    }
    $defineData(result, $metadataKey(), metadata);
    return [result, staticExtra, extra, classExtra];
  },

  // Gives the class what is its own: private methods, static fields and blocks in their order; and runs what
  // decorators added.
  finish(state, elements) {
    const ctor = state[0], extra = state[2];
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i];
      if (!element[STATIC] || !element[PRIVATE] || isField(element)) continue;
      eachHalf(element, (f, flags) => { $classElement(DEFINE_PRIVATE, ctor, element[KEY], f, flags); });
    }
    runAll(state[1], ctor);
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i], kind = element[KIND];
      if (!element[STATIC] || kind !== FIELD && kind !== ACCESSOR && kind !== BLOCK) continue;
      const value = element[VALUE] === undefined ? undefined : $call(element[VALUE], ctor);
      if (kind === ACCESSOR) $classElement(DEFINE_PRIVATE, ctor, element[STORAGE], value, 0);
      else if (kind === FIELD && element[PRIVATE]) $classElement(DEFINE_PRIVATE, ctor, element[KEY], value, 0);
      else if (kind === FIELD) $defineData(ctor, element[KEY], value);
      runAll(extra[i], ctor);
    }
    runAll(state[3], ctor);
  },
};
})();
