// 数据大屏: renews itself every ten seconds, turns from one kind's ranks to the next, and says when it no longer can.
// Without this script the page is loaded anew each minute, and the ranks of all kinds stand below each other.
(function () {
  var wall = document.getElementById("wall"), clock = document.getElementById("clock"), whole = document.getElementById("whole");
  if (!wall || !window.fetch) return;
  var tag = "", turn = 0, isOver = false;

  function say(now) {
    document.querySelectorAll("[data-when]").forEach(function (each) { each.hidden = each.dataset.when !== now; });
  }

  function face() {
    var lists = wall.querySelectorAll("[data-turn]");
    lists.forEach(function (each, at) { each.hidden = at !== turn % lists.length; });
  }

  function ask() {
    if (isOver) return;
    fetch(wall.dataset.source, {
      credentials: "same-origin", redirect: "manual", cache: "no-store", headers: tag ? { "If-None-Match": tag } : {}
    })
      .then(function (answer) {
        isOver = answer.type === "opaqueredirect" || [401, 403, 404].indexOf(answer.status) >= 0;
        say(isOver ? "ended" : answer.status === 200 || answer.status === 304 ? "" : "lost");
        if (answer.status !== 200) return;
        tag = answer.headers.get("ETag") || "";
        return answer.text().then(function (found) {
          wall.innerHTML = found;
          face();
          document.dispatchEvent(new Event("wxsvc:renewed"));
        });
      })
      .catch(function () { say("lost"); });
  }

  function tick() {
    clock.textContent = new Date().toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "long", timeStyle: "medium" });
  }

  function awake() { // a screen that falls asleep shows nothing
    if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen").catch(function () {});
  }

  if (document.documentElement.requestFullscreen) {
    whole.hidden = false;
    whole.addEventListener("click", function () {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    });
  }
  document.addEventListener("visibilitychange", awake);
  awake();
  face();
  tick();
  setInterval(tick, 1000);
  setInterval(ask, 10000);
  setInterval(function () { turn += 1; face(); }, 15000);
})();
