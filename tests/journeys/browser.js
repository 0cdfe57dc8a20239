// What is wrong with a page as drawn: too wide, too small to touch or read, too pale, without words.
() => {
  const problems = [];
  const style = (e) => getComputedStyle(e);
  const box = (e) => e.getBoundingClientRect();
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box(e).width > 0;
  const name = (e) => `${e.tagName.toLowerCase()} “${(e.innerText || e.value || e.name || '').trim().slice(0, 24)}”`;

  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) problems.push(`wider than the screen: ${width} > ${innerWidth}`);

  // A finger needs 44 px; the mouse of a desk is content with 24 (WCAG 2.2, target size).
  const least = innerWidth >= 1000 && matchMedia('(pointer: fine)').matches ? 24 : 44;
  for (const e of document.querySelectorAll('a[href], button, select, summary, textarea, input:not([type=hidden])')) {
    if (!seen(e) || (e.tagName === 'A' && style(e).display === 'inline')) continue;
    const target = ['radio', 'checkbox'].includes(e.type) ? e.closest('label') || e : e;
    const height = Math.round(box(target).height);
    if (height < least) problems.push(`too small to touch: ${name(e)} is ${height} px high`);
  }

  const numbers = (colour) => (colour.match(/[0-9.]+/g) || []).map(Number);
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = numbers(style(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const pale = (e, front) => {
    const back = behind(e);
    const alpha = front.length === 4 ? front[3] : 1;
    const lights = [light([0, 1, 2].map((i) => front[i] * alpha + back[i] * (1 - alpha))), light(back)];
    const ratio = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    if (ratio < 4.5) problems.push(`too pale: ${name(e)} has contrast ${ratio.toFixed(2)}`);
  };
  for (const e of document.querySelectorAll('body *')) {
    const hasText = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!seen(e) || e.disabled || e.closest('svg, script, style')) continue;
    if (e.placeholder) pale(e, numbers(getComputedStyle(e, '::placeholder').color));
    if (!hasText) continue;
    pale(e, numbers(style(e).color));
    if (parseFloat(style(e).fontSize) < 12) problems.push(`too small to read: ${name(e)}`);
  }

  // A short choice is read whole: what is longer may be a name.
  const pen = document.createElement('canvas').getContext('2d');
  for (const e of document.querySelectorAll('select:not([multiple])')) {
    const chosen = e.selectedOptions[0]?.text.trim() || '';
    if (!seen(e) || chosen.length > 10) continue;
    pen.font = style(e).font;
    const arrow = style(e).appearance === 'none' ? 0 : 16;
    const room = e.clientWidth - parseFloat(style(e).paddingLeft) - parseFloat(style(e).paddingRight) - arrow;
    if (pen.measureText(chosen).width > room + 1) problems.push(`a choice is cut: ${chosen}`);
  }

  // At a desk long names push no column of a dense table out of sight, and stretch no filter.
  if (innerWidth >= 1280 && matchMedia('(pointer: fine)').matches) {
    for (const e of document.querySelectorAll('table.dense, table.matrix:not(.narrow)')) {
      const [needs, has] = [e.parentElement.scrollWidth, e.parentElement.clientWidth];
      if (needs > has + 1) problems.push(`columns out of sight: the table needs ${needs} of ${has} px`);
    }
    for (const e of document.querySelectorAll('.deskhead select')) {
      if (box(e).width > innerWidth / 3) problems.push(`stretched by its choices: ${e.name} is ${Math.round(box(e).width)} px wide`);
    }
  }

  for (const e of document.querySelectorAll('img:not([alt])')) problems.push(`a picture without words: ${e.src}`);
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (seen(e) && !e.labels.length && !e.getAttribute('aria-label')) problems.push(`no label: ${e.name}`);
  }
  for (const e of document.querySelectorAll('[aria-invalid=true]')) {
    const told = (e.getAttribute('aria-describedby') || '').split(' ').map((id) => document.getElementById(id));
    if (!told.some((each) => each?.matches('.wrong'))) problems.push(`its mistake is not read out: ${e.name || e.id}`);
  }
  for (const e of document.querySelectorAll('[aria-describedby]')) {
    const lost = e.getAttribute('aria-describedby').split(' ').filter((id) => !document.getElementById(id));
    if (lost.length) problems.push(`${e.name || e.id} is described by what is not there: ${lost}`);
  }
  return problems;
}
