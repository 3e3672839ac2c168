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
})()
