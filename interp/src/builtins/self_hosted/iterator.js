(function () {
// Iterator and its helpers (27.1), run by the VM like any script. A helper is a generator whose object
// is dressed as an Iterator Helper by `$helper`; `$name(…)` are the engine's operations.
"use strict";

// The first value that fits, and the iterator closed; the hole if none does.
function search(iterator, predicate) {
  const next = iterator.next;
  for (let counter = 0; ; counter++) {
    const result = step(iterator, next);
    if (result.done) return $hole();
    const value = result.value;
    let fine;
    try {
      fine = $call(predicate, undefined, value, counter);
    } catch (e) {
      $closeQuietly(iterator);
      throw e;
    }
    if (fine) {
      $iterClose(iterator);
      return value;
    }
  }
}

// The checks of the callers: the iterator is closed, quietly, before the error.
function checkCallable(iterator, f) {
  if (!$isObject(iterator)) $typeError("is not an object", iterator);
  if (!$isCallable(f)) {
    $closeQuietly(iterator);
    $typeError("is not a function", f);
  }
}

function checkLimit(iterator, limit) {
  if (!$isObject(iterator)) $typeError("is not an object", iterator);
  let n;
  try {
    n = $toNumber(limit);
  } catch (e) {
    $closeQuietly(iterator);
    throw e;
  }
  if (n !== n || (n = $toInteger(n)) < 0 || n > 9007199254740991 && n !== 1 / 0) {
    $closeQuietly(iterator);
    $rangeError("is not a limit", limit);
  }
  return n;
}

function checkSize(iterator, size) {
  if (!$isObject(iterator)) $typeError("is not an object", iterator);
  if (typeof size !== "number" || size !== size || $toInteger(size) !== size || size === 1 / 0 || size === -1 / 0) {
    $closeQuietly(iterator);
    $typeError("is not an integral number", size);
  }
  if (size < 1 || size > 4294967295) {
    $closeQuietly(iterator);
    $rangeError("is not a size", size);
  }
}

// IteratorNext.
function step(iterator, next) {
  const result = $call(next, iterator);
  if (!$isObject(result)) $typeError("is not an iterator result", result);
  return result;
}

function* mapping(iterator, next, mapper) {
  for (let counter = 0; ; counter++) {
    const result = step(iterator, next);
    if (result.done) return;
    const value = result.value;
    let left = true;
    try {
      yield $call(mapper, undefined, value, counter);
      left = false;
    } catch (e) {
      left = false;
      $closeQuietly(iterator);
      throw e;
    } finally {
      if (left) $iterClose(iterator);
    }
  }
}

function* filtering(iterator, next, predicate) {
  for (let counter = 0; ; counter++) {
    const result = step(iterator, next);
    if (result.done) return;
    const value = result.value;
    let left = true;
    try {
      if ($call(predicate, undefined, value, counter)) yield value;
      left = false;
    } catch (e) {
      left = false;
      $closeQuietly(iterator);
      throw e;
    } finally {
      if (left) $iterClose(iterator);
    }
  }
}

function* taking(iterator, next, remaining) {
  for (;;) {
    if (remaining === 0) {
      $iterClose(iterator);
      return;
    }
    remaining--;
    const result = step(iterator, next);
    if (result.done) return;
    let value = result.value;
    let left = true;
    try {
      yield value;
      left = false;
    } finally {
      if (left) $iterClose(iterator);
    }
  }
}

function* dropping(iterator, next, remaining) {
  for (; remaining > 0; remaining--) {
    if (step(iterator, next).done) return;
  }
  for (;;) {
    const result = step(iterator, next);
    if (result.done) return;
    let value = result.value;
    let left = true;
    try {
      yield value;
      left = false;
    } finally {
      if (left) $iterClose(iterator);
    }
  }
}

// GetIteratorFlattenable, without the `next`.
function flattenable(value, strings) {
  if (!$isObject(value) && !(strings && typeof value === "string")) $typeError("is not an object", value);
  const method = $iteratorMethod(value);
  const iterator = method === undefined ? value : $call(method, value);
  if (!$isObject(iterator)) $typeError("is not an iterator", iterator);
  return iterator;
}

function* flatMapping(iterator, next, mapper) {
  for (let counter = 0; ; counter++) {
    const result = step(iterator, next);
    if (result.done) return;
    let value = result.value;
    let inner, innerNext;
    try {
      inner = flattenable($call(mapper, undefined, value, counter), false);
      innerNext = inner.next;
    } catch (e) {
      $closeQuietly(iterator);
      throw e;
    }
    for (;;) {
      let done;
      try {
        const result = step(inner, innerNext);
        done = result.done;
        if (!done) value = result.value;
      } catch (e) {
        $closeQuietly(iterator);
        throw e;
      }
      if (done) break;
      let left = true;
      try {
        yield value;
        left = false;
      } finally {
        if (left) closeBoth(inner, iterator);
      }
    }
  }
}

function closeBoth(inner, iterator) {
  try {
    $iterClose(inner);
  } catch (e) {
    $closeQuietly(iterator);
    throw e;
  }
  $iterClose(iterator);
}

function* chunking(iterator, next, size) {
  let buffer = [], length = 0;
  for (;;) {
    const result = step(iterator, next);
    if (result.done) {
      if (length > 0) yield buffer;
      return;
    }
    $defineData(buffer, length++, result.value);
    if (length !== size) continue;
    let left = true;
    try {
      yield buffer;
      left = false;
    } finally {
      if (left) $iterClose(iterator);
    }
    buffer = [];
    length = 0;
  }
}

function* sliding(iterator, next, size, partial) {
  let buffer = [], length = 0;
  for (;;) {
    const result = step(iterator, next);
    if (result.done) {
      if (partial && length > 0 && length < size) yield buffer;
      return;
    }
    const value = result.value;
    if (length === size) {
      // What was given out stays as it is.
      const moved = [];
      for (let i = 1; i < size; i++) $defineData(moved, i - 1, buffer[i]);
      buffer = moved;
      length--;
    }
    $defineData(buffer, length++, value);
    if (length !== size) continue;
    const given = [];
    for (let i = 0; i < size; i++) $defineData(given, i, buffer[i]);
    let left = true;
    try {
      yield given;
      left = false;
    } finally {
      if (left) $iterClose(iterator);
    }
  }
}

function* concatenating(items, methods, count) {
  for (let i = 0; i < count; i++) {
    const iterator = $call(methods[i], items[i]);
    if (!$isObject(iterator)) $typeError("is not an iterator", iterator);
    const next = iterator.next;
    for (;;) {
      const result = step(iterator, next);
      if (result.done) break;
      let value = result.value;
      let left = true;
      try {
        yield value;
        left = false;
      } finally {
        if (left) $iterClose(iterator);
      }
    }
  }
}

// IteratorCloseAll after a throw, and after anything else; holes are closed already.
function closeAllQuietly(iters, count) {
  for (let i = count - 1; i >= 0; i--) {
    const iterator = iters[i];
    if (iterator !== undefined) $closeQuietly(iterator);
  }
}

function closeAll(iters, count) {
  for (let i = count - 1; i >= 0; i--) {
    const iterator = iters[i];
    if (iterator === undefined) continue;
    try {
      $iterClose(iterator);
    } catch (e) {
      closeAllQuietly(iters, i);
      throw e;
    }
  }
}

// IteratorZip. An iterator that is done gives way to undefined in `iters`.
function* zipping(iters, nexts, count, mode, padding, keys) {
  if (count === 0) return;
  let open = count;
  for (;;) {
    const results = keys === undefined ? [] : { __proto__: null };
    for (let i = 0; i < count; i++) {
      let value;
      if (iters[i] === undefined) {
        value = padding[i];
      } else {
        let done;
        try {
          const result = step(iters[i], nexts[i]);
          done = result.done;
          if (!done) value = result.value;
        } catch (e) {
          iters[i] = undefined;
          closeAllQuietly(iters, count);
          throw e;
        }
        if (done) {
          iters[i] = undefined;
          open--;
          if (mode === "shortest") {
            closeAll(iters, count);
            return;
          }
          if (mode === "strict") {
            if (i !== 0) unequal(iters, count);
            for (let k = 1; k < count; k++) {
              try {
                done = step(iters[k], nexts[k]).done;
              } catch (e) {
                iters[k] = undefined;
                closeAllQuietly(iters, count);
                throw e;
              }
              if (!done) unequal(iters, count);
              iters[k] = undefined;
            }
            return;
          }
          if (open === 0) return;
          value = padding[i];
        }
      }
      $defineData(results, keys === undefined ? i : keys[i], value);
    }
    let left = true;
    try {
      yield results;
      left = false;
    } finally {
      if (left) closeAll(iters, count);
    }
  }
}

function unequal(iters, count) {
  closeAllQuietly(iters, count);
  $typeError("iterators are not of equal length");
}

function zipOptions(options) {
  if (options === undefined) return { __proto__: null };
  if (!$isObject(options)) $typeError("is not an object", options);
  return options;
}

function zipMode(options) {
  const mode = options.mode;
  if (mode === undefined) return "shortest";
  if (mode !== "shortest" && mode !== "longest" && mode !== "strict") $typeError("is not a mode", mode);
  return mode;
}

function zipPadding(options, mode) {
  if (mode !== "longest") return undefined;
  const padding = options.padding;
  if (padding !== undefined && !$isObject(padding)) $typeError("is not an object", padding);
  return padding;
}

return {
  prototype: {
    chunks(chunkSize) {
      checkSize(this, chunkSize);
      return $helper(chunking(this, this.next, chunkSize), [this]);
    },
    drop(limit) {
      const n = checkLimit(this, limit);
      return $helper(dropping(this, this.next, n), [this]);
    },
    every(predicate) {
      checkCallable(this, predicate);
      const next = this.next;
      for (let counter = 0; ; counter++) {
        const result = step(this, next);
        if (result.done) return true;
        const value = result.value;
        let fine;
        try {
          fine = $call(predicate, undefined, value, counter);
        } catch (e) {
          $closeQuietly(this);
          throw e;
        }
        if (!fine) {
          $iterClose(this);
          return false;
        }
      }
    },
    filter(predicate) {
      checkCallable(this, predicate);
      return $helper(filtering(this, this.next, predicate), [this]);
    },
    find(predicate) {
      checkCallable(this, predicate);
      const found = search(this, predicate);
      return $isHole(found) ? undefined : found;
    },
    flatMap(mapper) {
      checkCallable(this, mapper);
      return $helper(flatMapping(this, this.next, mapper), [this]);
    },
    forEach(procedure) {
      checkCallable(this, procedure);
      const next = this.next;
      for (let counter = 0; ; counter++) {
        const result = step(this, next);
        if (result.done) return undefined;
        const value = result.value;
        try {
          $call(procedure, undefined, value, counter);
        } catch (e) {
          $closeQuietly(this);
          throw e;
        }
      }
    },
    includes(searchElement, skippedElements = undefined) {
      if (!$isObject(this)) $typeError("is not an object", this);
      const toSkip = skippedElements === undefined ? 0 : skippedElements;
      if (typeof toSkip !== "number" || toSkip !== toSkip || $toInteger(toSkip) !== toSkip) {
        $closeQuietly(this);
        $typeError("is not an integral number", toSkip);
      }
      if (toSkip < 0 || toSkip > 9007199254740991 && toSkip !== 1 / 0) {
        $closeQuietly(this);
        $rangeError("is not a number of elements", toSkip);
      }
      const next = this.next;
      for (let skipped = 0; ; ) {
        const result = step(this, next);
        if (result.done) return false;
        const value = result.value;
        if (skipped < toSkip) {
          skipped++;
        } else if ($sameValueZero(value, searchElement)) {
          $iterClose(this);
          return true;
        }
      }
    },
    join(separator) {
      if (!$isObject(this)) $typeError("is not an object", this);
      let between = ",";
      if (separator !== undefined) {
        try {
          between = $toString(separator);
        } catch (e) {
          $closeQuietly(this);
          throw e;
        }
      }
      const next = this.next;
      let text = "";
      for (let first = true; ; first = false) {
        const result = step(this, next);
        if (result.done) return text;
        const value = result.value;
        if (!first) text += between;
        if (value === undefined || value === null) continue;
        try {
          text += $toString(value);
        } catch (e) {
          $closeQuietly(this);
          throw e;
        }
      }
    },
    map(mapper) {
      checkCallable(this, mapper);
      return $helper(mapping(this, this.next, mapper), [this]);
    },
    reduce(reducer) {
      checkCallable(this, reducer);
      const next = this.next;
      let accumulator, counter = 0;
      if (arguments.length < 2) {
        const result = step(this, next);
        if (result.done) $typeError("reduce of an empty iterator with no initial value");
        accumulator = result.value;
        counter = 1;
      } else {
        accumulator = arguments[1];
      }
      for (; ; counter++) {
        const result = step(this, next);
        if (result.done) return accumulator;
        const value = result.value;
        try {
          accumulator = $call(reducer, undefined, accumulator, value, counter);
        } catch (e) {
          $closeQuietly(this);
          throw e;
        }
      }
    },
    some(predicate) {
      checkCallable(this, predicate);
      return !$isHole(search(this, predicate));
    },
    take(limit) {
      const n = checkLimit(this, limit);
      return $helper(taking(this, this.next, n), [this]);
    },
    toArray() {
      if (!$isObject(this)) $typeError("is not an object", this);
      const next = this.next, items = [];
      for (let n = 0; ; n++) {
        const result = step(this, next);
        if (result.done) return items;
        $defineData(items, n, result.value);
      }
    },
    windows(windowSize, undersized = undefined) {
      checkSize(this, windowSize);
      if (undersized === undefined) undersized = "only-full";
      if (undersized !== "only-full" && undersized !== "allow-partial") {
        $closeQuietly(this);
        $typeError("is neither \"only-full\" nor \"allow-partial\"", undersized);
      }
      return $helper(sliding(this, this.next, windowSize, undersized === "allow-partial"), [this]);
    },
  },
  constructor: {
    concat(...items) {
      const methods = [], count = items.length;
      for (let i = 0; i < count; i++) {
        const item = items[i];
        if (!$isObject(item)) $typeError("is not an object", item);
        const method = $iteratorMethod(item);
        if (method === undefined) $typeError("is not iterable", item);
        $defineData(methods, i, method);
      }
      return $helper(concatenating(items, methods, count), []);
    },
    from(O) {
      const iterator = flattenable(O, true);
      const next = iterator.next;
      return $isIterator(iterator) ? iterator : $wrapIterator(iterator, next);
    },
    zip(iterables, options = undefined) {
      if (!$isObject(iterables)) $typeError("is not an object", iterables);
      options = zipOptions(options);
      const mode = zipMode(options), paddingOption = zipPadding(options, mode);
      const iters = [], nexts = [], padding = [];
      let count = 0;
      const method = $iteratorMethod(iterables);
      if (method === undefined) $typeError("is not iterable", iterables);
      const input = $call(method, iterables);
      if (!$isObject(input)) $typeError("is not an iterator", input);
      const next = input.next;
      for (;;) {
        let value;
        try {
          const result = step(input, next);
          if (result.done) break;
          value = result.value;
        } catch (e) {
          closeAllQuietly(iters, count);
          throw e;
        }
        try {
          const iterator = flattenable(value, false);
          $defineData(nexts, count, iterator.next);
          $defineData(iters, count, iterator);
          count++;
        } catch (e) {
          closeAllQuietly(iters, count);
          $closeQuietly(input);
          throw e;
        }
      }
      if (mode === "longest") {
        let using = false, pad, padNext;
        try {
          if (paddingOption !== undefined) {
            const method = $iteratorMethod(paddingOption);
            if (method === undefined) $typeError("is not iterable", paddingOption);
            pad = $call(method, paddingOption);
            if (!$isObject(pad)) $typeError("is not an iterator", pad);
            padNext = pad.next;
            using = true;
          }
          for (let i = 0; i < count; i++) {
            let value;
            if (using) {
              const result = step(pad, padNext);
              if (result.done) using = false;
              else value = result.value;
            }
            $defineData(padding, i, value);
          }
          if (using) $iterClose(pad);
        } catch (e) {
          closeAllQuietly(iters, count);
          throw e;
        }
      }
      return $helper(zipping(iters, nexts, count, mode, padding, undefined), iters);
    },
    zipKeyed(iterables, options = undefined) {
      if (!$isObject(iterables)) $typeError("is not an object", iterables);
      options = zipOptions(options);
      const mode = zipMode(options), paddingOption = zipPadding(options, mode);
      const iters = [], nexts = [], padding = [], keys = [];
      let count = 0;
      const all = $ownKeys(iterables), n = all.length;
      try {
        for (let i = 0; i < n; i++) {
          const key = all[i];
          if (!$isEnumerable(iterables, key)) continue;
          const value = iterables[key];
          if (value === undefined) continue;
          const iterator = flattenable(value, false);
          $defineData(nexts, count, iterator.next);
          $defineData(keys, count, key);
          $defineData(iters, count, iterator);
          count++;
        }
        if (mode === "longest") {
          for (let i = 0; i < count; i++) {
            $defineData(padding, i, paddingOption === undefined ? undefined : paddingOption[keys[i]]);
          }
        }
      } catch (e) {
        closeAllQuietly(iters, count);
        throw e;
      }
      return $helper(zipping(iters, nexts, count, mode, padding, keys), iters);
    },
  },
  wrapper: {
    next() {
      if (!$isWrapper(this)) $typeError("is not a wrapped iterator", this);
      return $call($slot(this, "next"), $slot(this, "iterator"));
    },
    return() {
      if (!$isWrapper(this)) $typeError("is not a wrapped iterator", this);
      const iterator = $slot(this, "iterator");
      const method = $getMethod(iterator, "return");
      if (method === undefined) return { value: undefined, done: true };
      return $call(method, iterator);
    },
  },
};
})()
