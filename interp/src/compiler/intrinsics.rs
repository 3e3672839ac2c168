//! The table of intrinsic operations: what the self-hosted library writes as `$name(…)`, and some of which the compiler
//! emits itself. `Op::Intrinsic` names one by its number; `vm/intrinsics.rs` runs it.
//!
//! A part of the table is what one file of `vm` or `builtins` carries out. Numbers follow the order here, so that the
//! operations of a part are a range.
#![forbid(unsafe_code)]

macro_rules! intrinsics {
    ($($(#[$doc:meta])* $part:ident { $($name:literal $konst:ident;)* })*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Number { $($($konst,)*)* }
        $($(pub(crate) const $konst: u32 = Number::$konst as u32;)*)*
        $($(#[$doc])* const $part: &[(&str, u32)] = &[$(($name, $konst)),*];)*
        const PARTS: &[&[(&str, u32)]] = &[$($part),*];
    };
}

intrinsics! {
    /// Questions about a value.
    TESTS {
        "$isObject" IS_OBJECT;
        "$isCallable" IS_CALLABLE;
        "$isConstructor" IS_CONSTRUCTOR;
        "$isArray" IS_ARRAY;
        "$isUndefined" IS_UNDEFINED;
        "$sameValueZero" SAME_VALUE_ZERO;
        "$hole" HOLE;
    }

    /// Conversions.
    CONVERSIONS {
        "$toObject" TO_OBJECT;
        "$toLength" TO_LENGTH;
        "$toInteger" TO_INTEGER;
        "$toKey" TO_KEY;
        "$toNumber" TO_NUMBER;
        "$toNumeric" TO_NUMERIC;
        "$toPrimitiveMethod" TO_PRIMITIVE_METHOD;
        "$conversion" CONVERSION;
    }

    /// Errors.
    ERRORS {
        "$typeError" TYPE_ERROR;
        "$rangeError" RANGE_ERROR;
    }

    /// Objects and their properties.
    OBJECTS {
        "$getProto" GET_PROTO;
        "$getMethod" GET_METHOD;
        "$defineData" DEFINE_DATA;
        "$deleteOrThrow" DELETE_OR_THROW;
        "$has" HAS;
        "$isEnumerable" IS_ENUMERABLE;
        "$ownKeys" OWN_KEYS;
        "$slot" SLOT;
        "$setSlot" SET_SLOT;
        "$proxyCheck" PROXY_CHECK;
    }

    /// Calls.
    CALLS {
        "$construct" CONSTRUCT;
        "$apply" APPLY;
        "$argument" ARGUMENT;
        "$isEval" IS_EVAL;
        "$hoistInEval" HOIST_IN_EVAL;
        "$hoistInGlobal" HOIST_IN_GLOBAL;
    }

    /// Classes and their decorators.
    CLASSES {
        "$classElement" CLASS_ELEMENT;
        "$accessorGetter" ACCESSOR_GETTER;
        "$accessorSetter" ACCESSOR_SETTER;
        "$decorateClass" DECORATE_CLASS;
        "$finishClass" FINISH_CLASS;
        "$metadataKey" METADATA_KEY;
    }

    /// Resources of `using`.
    RESOURCES {
        "$newResources" NEW_RESOURCES;
        "$addResource" ADD_RESOURCE;
        "$dispose" DISPOSE;
        "$disposeStep" DISPOSE_STEP;
        "$disposeFailed" DISPOSE_FAILED;
        "$disposeEnd" DISPOSE_END;
    }

    /// Iterators.
    ITERATORS {
        "$iteratorMethod" ITERATOR_METHOD;
        "$asyncIteratorMethod" ASYNC_ITERATOR_METHOD;
        "$fromSync" FROM_SYNC;
        "$iterStep" ITER_STEP;
        "$iterDone" ITER_DONE;
        "$iterValue" ITER_VALUE;
        "$iterClose" ITER_CLOSE;
        "$closeQuietly" CLOSE_QUIETLY;
        "$asyncClose" ASYNC_CLOSE;
        "$delegate" DELEGATE;
        "$helper" HELPER;
        "$wrapIterator" WRAP_ITERATOR;
        "$isWrapper" IS_WRAPPER;
        "$isIterator" IS_ITERATOR;
    }

    /// Arrays.
    ARRAYS {
        "$arrayCreate" ARRAY_CREATE;
        "$speciesCreate" SPECIES_CREATE;
        "$spreadableKey" SPREADABLE_KEY;
        "$first" FIRST;
        "$push" PUSH;
        "$sortCompare" SORT_COMPARE;
        "$sortDefault" SORT_DEFAULT;
    }

    /// Promises.
    PROMISES {
        "$combineNext" COMBINE_NEXT;
        "$combineEnd" COMBINE_END;
        "$promiseResolve" PROMISE_RESOLVE;
        "$passOn" PASS_ON;
        "$continueSync" CONTINUE_SYNC;
        "$rejectPromise" REJECT_PROMISE;
    }

    /// Maps, sets and their weak kin.
    KEYED {
        "$set" SET_OPERATION;
        "$mapIterate" MAP_ITERATE;
        "$setIterate" SET_ITERATE;
        "$nextKey" NEXT_KEY;
        "$itsValue" ITS_VALUE;
        "$mapFind" MAP_FIND;
        "$mapPut" MAP_PUT;
        "$weakFind" WEAK_FIND;
        "$weakPut" WEAK_PUT;
        "$newGroups" NEW_GROUPS;
        "$group" GROUP;
        "$groupsAsObject" GROUPS_AS_OBJECT;
    }

    /// RegExps, and the parts of a text that is searched.
    REGEXPS {
        "$part" PART;
        "$partsOf" PARTS_OF;
        "$joinParts" JOIN_PARTS;
        "$joinOne" JOIN_ONE;
        "$flagBits" FLAG_BITS;
        "$advance" ADVANCE;
        "$builtinExec" BUILTIN_EXEC;
        "$substitute" SUBSTITUTE;
    }

    /// Typed arrays.
    TYPED_ARRAYS {
        "$typedLength" TYPED_LENGTH;
        "$typedSpecies" TYPED_SPECIES;
        "$typedCheck" TYPED_CHECK;
        "$typedStore" TYPED_STORE;
        "$plainItems" PLAIN_ITEMS;
        "$typedFrom" TYPED_FROM;
    }

    /// JSON that is read.
    JSON_SOURCES {
        "$recordOf" RECORD_OF;
        "$partAt" PART_AT;
        "$partsByKey" PARTS_BY_KEY;
        "$sourceOf" SOURCE_OF;
        "$revived" REVIVED;
    }

    /// JSON that is written.
    JSON_TEXTS {
        "$enumerableKeys" ENUMERABLE_KEYS;
        "$jsonPut" JSON_PUT;
        "$jsonEnd" JSON_END;
        "$jsonText" JSON_TEXT;
    }
}

/// The number of an operation, if there is one of that name.
pub(crate) fn number_of(name: &str) -> Option<u32> {
    PARTS.iter().copied().flatten().find(|(n, _)| *n == name).map(|&(_, id)| id)
}
