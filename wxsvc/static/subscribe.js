// 订阅通知: where WeChat knows the tag wx-open-subscribe, its button is shown; anywhere else the place stays hidden.
(function () {
  "use strict";
  const place = document.getElementById("subscribe"), own = document.currentScript;
  if (!place || !own || !window.fetch) return;

  function answered(event) {
    let isAgreed = false;
    try {
      const told = JSON.parse(event.detail.subscribeDetails);
      isAgreed = Object.keys(told).some(function (id) { return JSON.parse(told[id]).status === "accept"; });
    } catch (error) { /* another shape: the account hears by its own event */ }
    place.textContent = isAgreed ? place.dataset.agreed : place.dataset.refused;
  }

  function offer(config) {
    const script = document.createElement("script");
    script.src = own.dataset.sdk;
    script.onload = function () {
      const wx = window.wx || window.jWeixin, tag = place.querySelector("wx-open-subscribe");
      if (!wx) return;
      document.addEventListener("WeixinOpenTagsError", function () { place.hidden = true; });
      tag.addEventListener("success", answered);
      tag.addEventListener("error", function () { place.hidden = true; });
      wx.ready(function () { place.hidden = false; });
      wx.config(Object.assign({ debug: false, jsApiList: ["checkJsApi"], openTagList: ["wx-open-subscribe"] }, config));
    };
    document.head.append(script);
  }

  fetch("/subscribing?page=" + encodeURIComponent(location.href.slice(location.origin.length).split("#")[0]))
    .then(function (answer) { return answer.ok ? answer.json().then(offer) : undefined; })
    .catch(function () {});
})();
