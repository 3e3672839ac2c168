// typeof of everything.
console.log([undefined, null, true, 1, "s", Symbol(), {}, [], () => {}, class {}, /x/].map(x => typeof x).join()); // expect: undefined,object,boolean,number,string,symbol,object,object,function,function,object
