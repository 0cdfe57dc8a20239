// 照片: large pictures are made smaller on the phone before they are sent, which a weak network thanks. Whatever this
// script cannot do, the server does: the chosen file is then sent as it is.
(function () {
  var input = document.getElementById("photos"), EDGE = 2560, LARGE = 1500000;
  if (!input || !window.createImageBitmap || !window.DataTransfer || !window.Promise) return;

  function smaller(file) {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < LARGE) return Promise.resolve(file);
    return createImageBitmap(file).then(function (picture) {
      var scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", 0.85); });
    }).then(function (drawn) {
      return drawn && drawn.size < file.size ? new File([drawn], file.name, { type: "image/jpeg" }) : file;
    }).catch(function () { return file; });
  }

  input.addEventListener("change", function () {
    var chosen = input.files;
    Promise.all(Array.prototype.map.call(chosen, smaller)).then(function (files) {
      if (input.files !== chosen) return;  // somebody chose again meanwhile
      var kept = new DataTransfer();
      files.forEach(function (file) { kept.items.add(file); });
      input.files = kept.files;
      input.dataset.ready = "1";
    }).catch(function () {});
  });
})();
