// What the editor remembers ends with the browser's tab, since variables may name people; only the look is kept.
const KEPT = ["graphiql:theme", "sanlian:language"];
const place = (key) => (KEPT.includes(key) ? localStorage : sessionStorage);

export const storage = {
  get length() {
    return sessionStorage.length;
  },
  getItem: (key) => place(key).getItem(key),
  setItem: (key, value) => place(key).setItem(key, value),
  removeItem: (key) => place(key).removeItem(key),
  clear: () => sessionStorage.clear(),
};
