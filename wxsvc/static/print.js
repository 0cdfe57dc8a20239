// 打印: the browser's own dialogue, one tap away. Without this script it is in the browser's menu.
(function () {
  document.querySelectorAll("button[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
})();
