// 复制: one tap puts a text into the clipboard. Without this script the text stands there to be selected.
(function () {
  document.querySelectorAll("button[data-copy]").forEach(function (button) {
    var source = document.getElementById(button.dataset.copy), label = button.textContent;
    button.hidden = false;
    function done() {
      button.textContent = button.dataset.done;
      setTimeout(function () { button.textContent = label; }, 4000);
    }
    function byHand() { // older WebViews, and pages without https
      source.focus();
      source.select();
      if (document.execCommand("copy")) done();
    }
    button.addEventListener("click", function () {
      if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(source.value).then(done, byHand);
      else byHand();
    });
  });
})();
