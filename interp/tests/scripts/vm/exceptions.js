// Thrown through several frames and natives; the value is kept; rethrow.
function deep(n) { if (!n) throw { code: 42 }; deep(n - 1); }
try { deep(50); } catch (e) { console.log(e.code); } // expect: 42
try { [1, 2].forEach(x => { throw "from " + x; }); } catch (e) { console.log(e); } // expect: from 1
try { try { throw 1; } catch (e) { throw e + 1; } } catch ({ constructor: c }) { console.log(c === Number_); } // expect: false
var Number_ = (1).constructor;
try { throw undefined; } catch { console.log("no binding"); } // expect: no binding
