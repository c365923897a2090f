const pages = [];
for (let page = 0; ; page++) {
  pages.push(new Array(10000).fill('page ' + page).map((name, line) => name + line));
}
