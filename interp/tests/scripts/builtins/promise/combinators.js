// all, allSettled, race, any, finally.
let p = (v, fail) => fail ? Promise.reject(v) : Promise.resolve(v);
Promise.all([1, p(2), p(3)]).then(v => console.log("all", v.join()));
Promise.allSettled([p(1), p(2, true)]).then(v => console.log("settled", v.map(x => x.status).join()));
Promise.race([new Promise(() => {}), p("r")]).then(v => console.log("race", v));
Promise.any([p(1, true), p("any")]).then(v => console.log(v));
p("f", true).finally(() => console.log("finally")).catch(v => console.log("caught", v));
// expect: finally
// expect: all 1,2,3
// expect: settled fulfilled,rejected
// expect: race r
// expect: any
// expect: caught f
