// Pictures of tables: everything marked data-chart draws the figures of its own table, so a picture cannot differ from
// them, and folds the table. On a phone nothing is drawn or fetched: the tables are the page.
(function () {
  var own = document.currentScript.dataset;
  var INK = "#1c1c1e", SOFT = "#55585c", LINE = "#d9dbde", GREENS = ["#e6f3ec", "#06713f"];
  var COLOURS = ["#06713f", "#1d4f91", "#b06a00"], SYMBOLS = ["circle", "rect", "triangle"], DASHES = ["solid", "dashed", "dotted"];
  var WRITTEN = { fontFamily: getComputedStyle(document.body).fontFamily }, ROWS = 25, LEAST = 11, drawn = [];

  function number(text) { return /[0-9]/.test(text) ? Number(text.replace(/[^0-9.-]/g, "")) : null; }
  function inItsYear(name, _place, names) { return name.slice(0, 5) === names[0].slice(0, 5) ? name.replace(/^[0-9]{4}年/, "") : name; }
  function words(row) { return Array.prototype.map.call(row.cells, function (cell) { return cell.textContent.trim(); }); }

  function read(table) { // names of the columns and of the rows, and the texts between; what says data-skip is not drawn
    var head = table.tHead.rows[0], kept = Array.prototype.slice.call(head.cells, 1).map(function (cell) { return !("skip" in cell.dataset); });
    var rows = Array.prototype.filter.call(table.tBodies[0].rows, function (row) { return !("skip" in row.dataset); }).map(words);
    function shown(row) { return row.slice(1).filter(function (_, at) { return kept[at]; }); }
    return { columns: shown(words(head)), names: rows.map(function (row) { return row[0]; }), texts: rows.map(shown) };
  }

  function size(box) { return box.closest(".wall") ? Math.max(14, Math.round(window.innerHeight / 54)) : 12; }

  function fitting(texts, width) { // the type in which the longest of texts beside each other still fits
    var ems = texts.map(function (text) { return text.replace(/[^ -~–]/g, "  ").length * 0.56 + 0.3; });
    return Math.floor((width - 20) / texts.length / Math.max.apply(null, ems));
  }

  function axes(data, font, isLine, width) {
    var names = data.names.map(inItsYear), saysItself = !isLine && data.columns.length === 1;
    var inPlace = fitting(names, width), inBar = fitting(data.texts.map(function (row) { return row[0]; }), width), hasRoom = inPlace >= LEAST;
    return {
      textStyle: WRITTEN,
      color: COLOURS,
      aria: { enabled: true, decal: { show: data.columns.length > 1 && !isLine } }, // no colour says anything alone
      grid: { left: 8, right: 12, top: data.columns.length > 1 ? font * 3 : font * 2, bottom: 4, containLabel: true },
      legend: data.columns.length > 1 ? { top: 0, textStyle: { color: INK, fontSize: font } } : undefined,
      xAxis: { type: "category", data: names, axisLabel: { color: SOFT, fontSize: hasRoom ? Math.min(font, inPlace) : font, interval: hasRoom ? 0 : "auto" }, boundaryGap: !isLine },
      yAxis: { type: "value", show: !saysItself, axisLabel: { color: SOFT, fontSize: font, show: !saysItself }, minInterval: isLine ? 0 : 1, splitLine: { lineStyle: { color: LINE } } },
      series: data.columns.map(function (name, at) {
        return {
          name: name, type: isLine ? "line" : "bar", animation: false, barMaxWidth: 40,
          symbol: SYMBOLS[at % 3], symbolSize: 8, lineStyle: { type: DASHES[at % 3] },
          labelLayout: { hideOverlap: true },
          label: { show: saysItself, position: "top", color: INK, fontSize: Math.min(font, Math.max(LEAST, inBar)) },
          data: data.texts.map(function (row) { return number(row[at]); })
        };
      })
    };
  }

  function map(data, font, at) {
    var values = data.texts.map(function (row, place) {
      return { name: data.names[place], value: number(row[at]), said: row[at] };
    });
    var found = values.map(function (each) { return each.value; }).filter(function (value) { return value !== null; });
    var isRank = data.columns[at] === "名次", least = Math.min.apply(null, found), most = Math.max.apply(null, found);
    var unit = data.texts.some(function (row) { return /%$/.test(row[at]); }) ? "%" : "";
    return {
      textStyle: WRITTEN,
      visualMap: {
        min: isRank ? 1 : least === most ? 0 : least, max: Math.max(most, isRank ? 2 : 1), left: 4, bottom: 4, calculable: false, itemHeight: font * 7,
        inRange: { color: isRank ? GREENS.slice().reverse() : GREENS }, textStyle: { color: SOFT, fontSize: font },
        text: [most + unit, least + unit]
      },
      series: [{
        type: "map", map: "湖南", animation: false, roam: false, top: 8, bottom: 8, left: 8, right: 8, preserveAspect: "contain", data: values, selectedMode: false,
        itemStyle: { borderColor: "#7fa48f", borderWidth: 1, areaColor: "#eceef0" },
        emphasis: { itemStyle: { areaColor: "#f3c969" } },
        label: {
          show: true, color: INK, fontSize: font, textBorderColor: "#fff", textBorderWidth: 3,
          formatter: function (each) { return each.name.replace(/(土家族苗族自治州|市)$/, "") + "\n" + ((each.data && each.data.said) || ""); }
        }
      }]
    };
  }

  function heat(data, font) {
    var cells = [];
    data.texts.forEach(function (row, y) {
      row.forEach(function (text, x) { if (number(text) !== null) cells.push([x, y, number(text)]); });
    });
    var label = { color: INK, fontSize: font, width: font * 20, overflow: "truncate", ellipsis: "…" }; // the whole name stands in the tip
    return {
      textStyle: WRITTEN,
      grid: { left: 4, right: data.names.length > ROWS ? 28 : 12, top: 4, bottom: 44, containLabel: true },
      dataZoom: data.names.length > ROWS ? [
        { type: "slider", yAxisIndex: 0, startValue: 0, endValue: ROWS - 1, zoomLock: true, brushSelect: false, width: 14, right: 4, showDetail: false },
        { type: "inside", yAxisIndex: 0, zoomLock: true, zoomOnMouseWheel: false, moveOnMouseWheel: true }
      ] : undefined,
      xAxis: { type: "category", position: "top", data: data.columns, axisLabel: { color: INK, fontSize: font, interval: 0, width: 62, overflow: "break" }, axisTick: { show: false } },
      yAxis: { type: "category", inverse: true, data: data.names, axisLabel: label, axisTick: { show: false } },
      visualMap: { min: 0, max: 100, orient: "horizontal", left: "center", bottom: 0, text: ["100%", "0"], calculable: false, inRange: { color: GREENS }, textStyle: { color: SOFT, fontSize: font } },
      series: [{
        type: "heatmap", animation: false, data: cells, itemStyle: { borderColor: "#fff", borderWidth: 1 },
        label: { show: true, fontSize: font, formatter: function (each) { return "{" + (each.value[2] > 55 ? "dark" : "pale") + "|" + each.value[2] + "}"; }, rich: { dark: { color: "#fff" }, pale: { color: INK } } }
      }]
    };
  }

  function draw(box) {
    var canvas = box.querySelector(".canvas"), table = box.querySelector("table"), data = read(table), font = size(box), kind = box.dataset.chart;
    var columns = Array.prototype.slice.call(table.tHead.rows[0].cells, 1).map(function (cell) { return cell.dataset.name; });
    canvas.hidden = box.querySelector("details").open = false;
    var option = kind === "map" ? map(data, font, columns.indexOf(box.dataset.column)) : kind === "heat" ? heat(data, font) : axes(data, font, kind === "lines", canvas.clientWidth);
    option.tooltip = { renderMode: "richText", confine: true, textStyle: { fontSize: font } }; // no style comes into the page
    if (kind === "bars" || kind === "lines") option.tooltip.trigger = "axis";
    if (kind === "heat") option.tooltip.formatter = function (each) {
      return data.names[each.value[1]] + "\n" + data.columns[each.value[0]] + "　" + each.value[2] + "%";
    };
    if (kind === "heat") canvas.style.height = Math.min(data.names.length, ROWS) * (font + 12) + 100 + "px";
    var picture = echarts.init(canvas);
    picture.setOption(option);
    drawn.push(picture);
  }

  function all() {
    drawn.splice(0).forEach(function (picture) { picture.dispose(); });
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  function fetched(address, then) {
    var script = document.createElement("script");
    script.src = address;
    script.onload = then;
    document.head.append(script);
  }

  if (!window.matchMedia("(min-width: 721px)").matches) { // the first table is read, the others are asked for
    document.querySelectorAll("[data-chart] details").forEach(function (each, at) { each.open = at === 0; });
    return;
  }
  if (!document.querySelector("[data-chart]")) return;
  fetched(own.echarts, function () {
    fetched(own.outlines, function () {
      var outlines = echarts.getMap("湖南").geoJSON; // a name stands in the middle of its city, not at its seat: these lie too near
      outlines.features.forEach(function (city) { delete city.properties.cp; });
      echarts.registerMap("湖南", outlines);
      all();
      document.addEventListener("wxsvc:renewed", all);
      window.addEventListener("resize", function () { drawn.forEach(function (picture) { picture.resize(); }); });
    });
  });
})();
