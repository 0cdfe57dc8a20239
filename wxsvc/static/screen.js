// 现场大屏: a new code every period, the count and the newest names every few seconds, for hours and without a hand.
// Whatever goes wrong is said on the screen: a code that nobody can use any more is never left standing.
(function () {
  var root = document.getElementById("screen");
  if (!root || !window.fetch) return;
  var image = document.getElementById("code"), count = document.getElementById("count");
  var names = document.getElementById("names"), whole = document.getElementById("whole");
  var period = Number(root.dataset.period), state = root.dataset.window, isOver = false;
  var goodUntil = Date.now() + (Number(root.dataset.seconds) + period) * 1000, next, tag;

  function show(now) {
    state = now;
    root.querySelectorAll("[data-when]").forEach(function (each) {
      each.hidden = each.dataset.when.split(" ").indexOf(now) < 0;
    });
  }

  function later(seconds) {
    clearTimeout(next);
    next = setTimeout(renew, seconds * 1000);
  }

  function asked(address, more) {
    return fetch(address, Object.assign({ credentials: "same-origin", redirect: "manual" }, more)).then(function (answer) {
      if (answer.type === "opaqueredirect" || [401, 403, 404].indexOf(answer.status) >= 0) {
        isOver = true;
        clearTimeout(next);
        show("ended");
      }
      return answer;
    });
  }

  function renew() {
    if (isOver) return;
    asked(root.dataset.code, { cache: "no-store" })
      .then(function (answer) {
        if (isOver) return;
        if (!answer.ok) throw new Error(answer.status);
        return answer.json().then(function (found) {
          image.src = found.picture;
          goodUntil = Date.now() + (found.seconds + period) * 1000;
          show(found.window);
          later(found.seconds + 0.2);
        });
      })
      .catch(function () {
        show(Date.now() > goodUntil ? "stale" : "lost");
        later(2);
      });
  }

  function look() {
    if (isOver || document.hidden) return;
    asked(root.dataset.live, tag ? { headers: { "If-None-Match": tag }, cache: "no-store" } : { cache: "no-store" })
      .then(function (answer) {
        if (answer.status !== 200) return;
        tag = answer.headers.get("ETag");
        return answer.json().then(function (found) {
          count.textContent = found.enterprises;
          names.replaceChildren.apply(names, found.names.map(function (each) {
            var line = document.createElement("li"), name = document.createElement("span"), at = document.createElement("time");
            name.textContent = each.name;
            at.textContent = each.at;
            line.append(name, at);
            return line;
          }));
        });
      })
      .catch(function () { /* the next look will do */ });
  }

  function awake() { // a projector that falls asleep shows nothing
    if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen").catch(function () {});
  }

  document.addEventListener("visibilitychange", function () {
    if (document.hidden) return;
    awake();
    renew();
    look();
  });
  if (document.documentElement.requestFullscreen) {
    whole.hidden = false;
    whole.addEventListener("click", function () {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    });
  }
  awake();
  later(Number(root.dataset.seconds) + 0.2);
  setInterval(look, 3000);
})();
