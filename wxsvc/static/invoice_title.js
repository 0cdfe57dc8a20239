// 选择发票抬头: where WeChat offers it, one tap fills name and code. Of a title only those two are ever read: address,
// telephone and bank account stay in this function and are gone with it. Anywhere else the button stays hidden.
(function () {
  "use strict";
  const button = document.getElementById("invoice-title");
  const own = document.currentScript;
  const isInWeChat = /MicroMessenger/i.test(navigator.userAgent) && !/wxwork/i.test(navigator.userAgent);
  if (!button || !own || !isInWeChat) return;

  function taken(answer) {
    if (answer.err_msg !== "chooseInvoiceTitle:ok") return;
    let title = answer.choose_invoice_title_info;
    if (typeof title === "string") title = JSON.parse(title);
    const query = new URLSearchParams(location.search);
    query.set("q", title.taxNumber || title.title || "");
    query.set("name", title.title || "");
    location.assign(location.pathname + "?" + query);
  }

  function offer(config) {
    const script = document.createElement("script");
    script.src = own.dataset.sdk;
    script.onload = function () {
      const wx = window.wx || window.jWeixin;
      if (!wx || typeof wx.invoke !== "function") return;
      wx.config(Object.assign({ beta: true, debug: false, jsApiList: ["chooseInvoiceTitle"] }, config));
      wx.ready(function () {
        button.hidden = false;
        button.addEventListener("click", function () { wx.invoke("chooseInvoiceTitle", { scene: "1" }, taken); });
      });
    };
    document.head.append(script);
  }

  // The address as it is shown, a "?" without anything behind it too: that is what WeChat signs.
  fetch("/enrol/title?page=" + encodeURIComponent(location.href.slice(location.origin.length).split("#")[0]))
    .then(function (answer) { return answer.ok ? answer.json().then(offer) : undefined; })
    .catch(function () {});
})();
