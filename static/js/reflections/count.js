// Words as the server counts them: runs of non-blank characters. The same cases prove conference/reflections/content.py.

const WORD = /[^\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

export const countWords = (text) => text.match(WORD)?.length ?? 0;
