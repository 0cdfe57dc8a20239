// 分享: inside WeChat, the card that a chat shows when this page is passed on: title, time and place, picture.
// Without WeChat, or without its signature, the page is passed on as any other.
(function () {
  "use strict";
  const own = document.currentScript;
  const isInWeChat = /MicroMessenger/i.test(navigator.userAgent) && !/wxwork/i.test(navigator.userAgent);
  if (!own || !isInWeChat) return;

  function offer(answer) {
    const script = document.createElement("script");
    script.src = own.dataset.sdk;
    script.onload = function () {
      const wx = window.wx || window.jWeixin;
      if (!wx || typeof wx.config !== "function") return;
      wx.config(Object.assign({ debug: false, jsApiList: ["updateAppMessageShareData", "updateTimelineShareData"] }, answer.config));
      wx.ready(function () {
        if (wx.updateAppMessageShareData) wx.updateAppMessageShareData(answer.card);
        if (wx.updateTimelineShareData) wx.updateTimelineShareData(answer.card);
      });
    };
    document.head.append(script);
  }

  // The address as it is shown, a "?" without anything behind it too: that is what WeChat signs.
  fetch(own.dataset.card + "?page=" + encodeURIComponent(location.href.slice(location.origin.length).split("#")[0]))
    .then(function (answer) { return answer.ok ? answer.json().then(offer) : undefined; })
    .catch(function () {});
})();
