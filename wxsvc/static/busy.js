// A form that takes a moment says so, and is sent once. Without this script the browser's own sign does.
(function () {
  document.querySelectorAll("form[data-busy]").forEach(function (form) {
    function busy(is) {
      form.querySelector(".busy").hidden = !is;
      form.querySelectorAll("button").forEach(function (each) { each.setAttribute("aria-disabled", String(is)); });
    }
    form.addEventListener("submit", function (event) {
      if (!form.querySelector(".busy").hidden) { event.preventDefault(); return; }
      busy(true);
    });
    window.addEventListener("pageshow", function () { busy(false); });
  });
})();
