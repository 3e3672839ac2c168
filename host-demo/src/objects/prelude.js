// The classic objects, as far as they are JavaScript: each is a thin skin over the host's operations.
// It runs in every request's engine, before the page: an object is made when the page first asks for it. Text is made
// by templates and not by String(…), which a page may have replaced.
(function (global, host, emit) {
  "use strict";

  function write(value) {
    if (value === undefined || value === null) return;
    emit(typeof value === "string" ? value : `${value}`);
  }

  function later(name, make) {
    Object.defineProperty(global, name, {
      get: function () {
        var made = make();
        Object.defineProperty(global, name, { value: made, writable: true });
        return made;
      },
      configurable: true
    });
  }

  function getter(object, name, get, set) {
    Object.defineProperty(object, name, { get: get, set: set, enumerable: true });
  }

  function notYet(what) {
    return function () { throw new Error(what + " is not there yet"); };
  }

  // What the request holds under one name: none, one or several values. As text, they are joined by commas.
  function makeItem(values) {
    function item(index) { return index === undefined ? item : values[index - 1]; }
    item.Count = values.length;
    item.Item = item;
    item.toString = function () { return values.join(", "); };
    item.toJSON = item.toString;
    item.$values = values;
    return item;
  }

  function requestCollection(source) {
    function collection(name) {
      if (typeof name === "number") name = host("names", source)[name - 1];
      return makeItem(host("values", source, `${name}`));
    }
    collection.Item = collection;
    collection.Key = function (index) { return host("names", source)[index - 1]; };
    collection.Keys = function () { return host("names", source); };
    collection.toString = function () { return host("raw", source); };
    getter(collection, "Count", function () { return host("names", source).length; });
    return collection;
  }

  function makeRequest() {
    var sources = ["QueryString", "Form", "Cookies", "ServerVariables"];
    function Request(name) {
      for (var i = 0; i < sources.length; i++) {
        var values = host("values", sources[i], `${name}`);
        if (values.length > 0) return makeItem(values);
      }
      return makeItem([]);
    }
    Request.Item = Request;
    sources.forEach(function (source) {
      var made;
      getter(Request, source, function () { return made || (made = requestCollection(source)); });
    });
    getter(Request, "TotalBytes", function () { return host("totalBytes"); });
    Request.BinaryRead = notYet("Request.BinaryRead");
    return Request;
  }

  function makeResponse() {
    function responseCookie(name) {
      var cookie = { toString: function () { return host("cookie", name); } };
      function attribute(key, convert) {
        getter(cookie, key, function () { return key === "Value" ? host("cookie", name) : undefined; },
          function (value) { host("cookie", name, key, convert(value)); });
      }
      ["Value", "Path", "Domain", "SameSite"].forEach(function (key) { attribute(key, function (v) { return `${v}`; }); });
      ["Secure", "HttpOnly"].forEach(function (key) { attribute(key, function (v) { return !!v; }); });
      attribute("Expires", function (date) { return new Date(date).getTime(); });
      return cookie;
    }
    function cookies(name) { return responseCookie(`${name}`); }
    cookies.At = cookies;
    cookies.Item = cookies;

    var Response = {
      Write: write,
      Clear: function () { host("clear"); },
      Flush: function () {},
      End: function () { host("end"); },
      Redirect: function (url) { host("redirect", `${url}`); },
      AddHeader: function (name, value) { host("header", `${name}`, `${value}`); },
      AppendToLog: function (line) { host("log", `${line}`); },
      BinaryWrite: notYet("Response.BinaryWrite"),
      Cookies: cookies,
      get Buffer() { return true; },
      set Buffer(on) {
        if (!on) throw new Error("Response.Buffer is always true: a slow client never holds a worker");
      },
      get IsClientConnected() { return host("connected"); }
    };
    ["Status", "ContentType", "Charset", "CacheControl", "Expires"].forEach(function (name) {
      getter(Response, name, function () { return host("response", name); },
        function (value) { host("response", name, `${value}`); });
    });
    return Response;
  }

  function makeServer() {
    return {
      HTMLEncode: function (value) { return host("htmlEncode", `${value}`); },
      URLEncode: function (value) { return host("urlEncode", `${value}`); },
      MapPath: function (path) { return host("mapPath", `${path}`); },
      get ScriptTimeout() { return host("scriptTimeout"); },
      set ScriptTimeout(seconds) {
        throw new Error("Server.ScriptTimeout is set in the server's configuration");
      },
      CreateObject: notYet("Server.CreateObject"),
      Execute: notYet("Server.Execute"),
      Transfer: notYet("Server.Transfer"),
      GetLastError: notYet("Server.GetLastError")
    };
  }

  // Session and Application: their values are copies, coming and going.
  function contents(place) {
    function collection(name) {
      if (typeof name === "number") name = host("keys", place)[name - 1];
      return host("get", place, `${name}`);
    }
    collection.Item = collection;
    collection.Contents = collection;
    collection.Set = function (name, value) {
      // An item of the request is kept as its text.
      if (typeof value === "function" && value.$values) value = `${value}`;
      host("set", place, `${name}`, value);
    };
    collection.At = function (name) {
      return {
        get Value() { return collection(name); },
        set Value(value) { collection.Set(name, value); }
      };
    };
    collection.Remove = function (name) { host("remove", place, `${name}`); };
    collection.RemoveAll = function () { host("removeAll", place); };
    collection.Key = function (index) { return host("keys", place)[index - 1]; };
    collection.Keys = function () { return host("keys", place); };
    getter(collection, "Count", function () { return host("keys", place).length; });
    return collection;
  }

  function makeSession() {
    var Session = contents("session");
    getter(Session, "SessionID", function () { return host("sessionId"); });
    getter(Session, "Timeout", function () { return host("timeout"); },
      function (minutes) { host("timeout", +minutes); });
    Session.Abandon = function () { host("abandon"); };
    return Session;
  }

  function makeApplication() {
    var Application = contents("application");
    Application.Lock = function () { host("lock"); };
    Application.Unlock = function () { host("unlock"); };
    return Application;
  }

  // JScript's own way to go over a collection.
  function makeEnumerator() {
    return function Enumerator(collection) {
      var keys = collection && typeof collection.Keys === "function" ? collection.Keys() : collection || [];
      var at = 0;
      this.atEnd = function () { return at >= keys.length; };
      this.item = function () { return keys[at]; };
      this.moveFirst = function () { at = 0; };
      this.moveNext = function () { at++; };
    };
  }

  delete global.__host;
  delete global.__emit;
  global.__w = write;
  later("Request", makeRequest);
  later("Response", makeResponse);
  later("Server", makeServer);
  later("Session", makeSession);
  later("Application", makeApplication);
  later("Enumerator", makeEnumerator);
})(this, __host, __emit);
