/* Stub of WeChat's JS-SDK: checks the page's signature, plays scanner and camera. */
(function () {
  "use strict";
  var base = {{ base | tojson }};
  var ready = [], failed = [], state = "waiting", reason = null, allowed = [], pictures = {}, count = 0;

  function ask(question, values) {
    return fetch(base + question, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values || {})
    }).then(function (answer) { return answer.json(); });
  }
  function finish(options, name, found) {
    found.errMsg = found.errMsg || name + ":ok";
    var call = found.errMsg.indexOf(":ok") > 0 ? options.success : found.errMsg.indexOf(":cancel") > 0 ? options.cancel : options.fail;
    if (call) { call(found); }
    if (options.complete) { options.complete(found); }
  }
  function guarded(name, work) {
    return function (options) {
      options = options || {};
      if (state !== "ok" || allowed.indexOf(name) < 0) {
        finish(options, name, { errMsg: name + ":permission denied" });
      } else {
        work(options);
      }
    };
  }
  function config(options) {
    allowed = options.jsApiList || [];
    ask("check", {
      appId: options.appId, signature: options.signature, nonceStr: options.nonceStr,
      timestamp: String(options.timestamp), url: location.href.split("#")[0]
    }).then(function (answer) {
      reason = answer;
      state = answer.errMsg === "config:ok" ? "ok" : "failed";
      if (state === "ok" && (options.openTagList || []).indexOf("wx-open-subscribe") >= 0) {
        document.querySelectorAll("wx-open-subscribe").forEach(subscribe);
      }
      (state === "ok" ? ready : failed).forEach(function (call) { call(answer); });
    });
  }
  function subscribe(tag) {
    // WeChat draws the button from the template within the tag and opens its own window.
    var content = tag.querySelector("script[type='text/wxtag-template']:not([slot])"), button = document.createElement("button");
    var ids = (tag.getAttribute("template") || "").split(",");
    button.type = "button";
    button.className = "weui-btn weui-btn_primary";
    button.textContent = new DOMParser().parseFromString(content ? content.textContent : "", "text/html").body.textContent;
    button.addEventListener("click", function () {
      var status = confirm("允许该服务号向你发送" + ids.length + "类订阅通知？") ? "accept" : "reject", details = {};
      ask("subscribe", { templates: ids.join(","), status: status }).then(function () {
        ids.forEach(function (id) { details[id] = JSON.stringify({ status: status, timestamp: String(Date.now()) }); });
        tag.dispatchEvent(new CustomEvent("success", {
          detail: { errMsg: "subscribe:ok", subscribeDetails: JSON.stringify(details) }
        }));
      });
    });
    tag.appendChild(button);
  }
  function scan(options) {
    ask("scan").then(function (answer) {
      if (answer.result !== null) {
        return finish(options, "scanQRCode", { resultStr: answer.result });
      }
      var lines = answer.codes.map(function (code, n) { return n + 1 + ". " + code.label; });
      var typed = prompt(["扫一扫：输入序号，或二维码里的内容"].concat(lines).join("\n"));
      var chosen = answer.codes[Number(typed) - 1];
      finish(options, "scanQRCode", typed ? { resultStr: chosen ? chosen.url : typed } : { errMsg: "scanQRCode:cancel" });
    });
  }
  function choose(options) {
    var input = document.createElement("input");
    input.type = "file"; input.accept = "image/*"; input.multiple = (options.count || 9) > 1;
    input.onchange = function () {
      var files = Array.prototype.slice.call(input.files, 0, options.count || 9);
      Promise.all(files.map(function (file) {
        return new Promise(function (done) {
          var reader = new FileReader();
          reader.onload = function () {
            var id = "wxLocalResource://" + ++count;
            pictures[id] = reader.result;
            done(id);
          };
          reader.readAsDataURL(file);
        });
      })).then(function (ids) { finish(options, "chooseImage", { localIds: ids, sourceType: "album" }); });
    };
    input.oncancel = function () { finish(options, "chooseImage", { errMsg: "chooseImage:cancel" }); };
    input.click();
  }
  function upload(options) {
    ask("upload", { data: pictures[options.localId] || "" }).then(function (answer) { finish(options, "uploadImage", answer); });
  }
  function invoke(name, args, call) {
    // What the SDK does not offer by name: the account's titles of invoices, in WeChat's own spelling.
    if (name !== "chooseInvoiceTitle" || state !== "ok" || allowed.indexOf(name) < 0) {
      return call({ err_msg: name + ":permission denied" });
    }
    ask("title").then(function (answer) {
      call(answer.title === null ? { err_msg: name + ":cancel" }
        : { err_msg: name + ":ok", choose_invoice_title_info: JSON.stringify(answer.title) });
    });
  }
  function fine(name) {
    return guarded(name, function (options) { finish(options, name, {}); });
  }

  window.wx = window.jWeixin = {
    config: config,
    ready: function (call) { if (state === "ok") { call(reason); } else { ready.push(call); } },
    error: function (call) { if (state === "failed") { call(reason); } else { failed.push(call); } },
    checkJsApi: function (options) {
      var found = {};
      (options.jsApiList || []).forEach(function (name) { found[name] = typeof window.wx[name] === "function"; });
      finish(options, "checkJsApi", { checkResult: found });
    },
    invoke: invoke,
    scanQRCode: guarded("scanQRCode", scan),
    chooseImage: guarded("chooseImage", choose),
    uploadImage: guarded("uploadImage", upload),
    getLocalImgData: guarded("getLocalImgData", function (options) {
      finish(options, "getLocalImgData", { localData: pictures[options.localId] || "" });
    }),
    getLocation: guarded("getLocation", function (options) {
      finish(options, "getLocation", { latitude: 28.2282, longitude: 112.9388, speed: 0, accuracy: 65 });
    }),
    previewImage: fine("previewImage"), openLocation: fine("openLocation"), hideMenuItems: fine("hideMenuItems"),
    showMenuItems: fine("showMenuItems"), closeWindow: fine("closeWindow"),
    updateAppMessageShareData: fine("updateAppMessageShareData"), updateTimelineShareData: fine("updateTimelineShareData")
  };
})();
