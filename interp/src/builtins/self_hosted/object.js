(function () {
// The static methods of Object that call back (20.1.2). These functions close over nothing: an engine makes them without
// running this.
"use strict";

function groupBy(items, callback) {
  if (items === undefined || items === null) $typeError("Object.groupBy called on null or undefined");
  if (!$isCallable(callback)) $typeError("is not a function", callback);
  const groups = $newGroups();
  let k = 0;
  for (const value of items) $group(groups, $call(callback, undefined, value, k++), value, true);
  return $groupsAsObject(groups);
}

function fromEntries(iterable) {
  if (iterable === undefined || iterable === null) $typeError("Object.fromEntries called on null or undefined");
  const object = {};
  for (const item of iterable) {
    if (!$isObject(item)) $typeError("iterator value is not an entry object");
    $defineData(object, item[0], item[1]);
  }
  return object;
}
})()
