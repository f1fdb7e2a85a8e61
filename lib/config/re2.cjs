// CommonJS, since only that can load a module in the middle of a function that is not asynchronous: re2js takes 2.6 MB
// of memory and 20 ms, which settings without patterns need not pay.
exports.loadRe2 = () => require('re2js').RE2JS;
