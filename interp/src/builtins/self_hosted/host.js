(function () {
// What a host's function asks of the script's values: run as frames, so that getters, setters and
// traps are collected in, limited and interrupted like all else.
"use strict";

return {
  get(o, key) { return o[key]; },
  set(o, key, value) { o[key] = value; },
};
})()
