// 评定表 as a spreadsheet: Enter leads to the cell below, and cells copied from Excel fill those from here on, rightwards
// and downwards. Without this script Enter sends the form, and a copied table goes into the field above.
(function () {
  var table = document.querySelector("table.matrix"), told = document.getElementById("cells-told");

  // Those that are shown, in their order: on a phone some are folded.
  function rows() {
    return Array.prototype.filter.call(table.tBodies[0].rows, function (row) { return row.offsetParent !== null; });
  }

  function inputAt(row, column) {
    var cell = row && row.cells[column];
    return cell ? cell.querySelector("input") : null;
  }

  table.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
    event.preventDefault();
    var all = rows(), column = event.target.closest("td").cellIndex, step = event.shiftKey ? -1 : 1;
    for (var at = all.indexOf(event.target.closest("tr")) + step; at >= 0 && at < all.length; at += step) {
      if (inputAt(all[at], column)) return inputAt(all[at], column).select();
    }
  });

  table.addEventListener("paste", function (event) {
    var text = event.clipboardData ? event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "") : "";
    if (!event.target.matches("input") || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    var all = rows(), first = all.indexOf(event.target.closest("tr")), column = event.target.closest("td").cellIndex;
    var count = 0, left = 0;
    text.split("\n").forEach(function (line, down) {
      line.split("\t").forEach(function (value, right) {
        var input = inputAt(all[first + down], column + right);
        if (!value.trim()) return;
        if (!input) { left += 1; return; }
        input.value = value.trim();
        input.dispatchEvent(new Event("input", { bubbles: true }));
        count += 1;
      });
    });
    told.textContent = (left ? told.dataset.some : told.dataset.all).replace("{count}", count).replace("{left}", left);
  });
})();
