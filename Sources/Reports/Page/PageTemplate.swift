/// The page's template, style and script.
enum PageTemplate {
  /// `PageEscaping` escapes every `{{name}}`; `{{{name}}}` holds only this module's own markup.
  static let page = """
    {{% CONTENT_TYPE:SCALARS}}
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="{{{policy}}}">
    {{#refresh}}<meta http-equiv="refresh" content="{{refresh}}">{{/refresh}}
    <title>{{title}}</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <header><h1>{{title}}</h1></header>
    <main>
    {{#overview}}{{>table}}{{/overview}}
    {{#studies}}
    <section class="study" id="{{anchor}}">
    {{#heading}}<h2>{{heading}}</h2>{{/heading}}
    {{#standing}}<p class="standing">{{standing}}</p>{{/standing}}
    <section class="answer">
    {{#answer}}<p>{{.}}</p>{{/answer}}
    {{#more}}<details><summary>Block by block: {{count}} sentences</summary>{{#sentences}}<p>{{.}}</p>{{/sentences}}</details>{{/more}}
    </section>
    {{#notes}}<p class="note">{{.}}</p>{{/notes}}
    {{#claims}}
    <section><h3>{{title}}</h3>
    <p class="note">{{note}}</p>
    <div class="wide"><table class="claims sortable" id="{{id}}"><thead><tr><th scope="col"><button type="button">claim</button></th><th scope="col"><button type="button">verdict</button></th><th scope="col"><button type="button">numbers and test</button></th></tr></thead><tbody>
    {{#rows}}<tr><td>{{text}}<br><small>{{rule}}</small></td><td><span class="verdict {{kind}}">{{verdict}}</span></td><td>{{#evidence}}{{>evidence}}{{/evidence}}{{#many}}<details><summary>{{count}} blocks</summary>{{#evidence}}{{>evidence}}{{/evidence}}</details>{{/many}}{{#isMissing}}not part of this study{{/isMissing}}</td></tr>
    {{/rows}}</tbody></table></div>
    {{#files}}<p class="files">{{#links}}<a href="{{path}}">{{name}}</a> {{/links}}</p>{{/files}}</section>
    {{/claims}}
    {{#tables}}{{>table}}{{/tables}}
    {{#figures}}{{>figure}}{{/figures}}
    {{#functions}}<details><summary>Functions</summary>
    <p class="note">{{#note}}{{note}} {{/note}}The figures show f (whole line) and f′ (dashed). What is called proved is so by interval arithmetic over all floats.</p>
    <div class="functions">
    {{#entries}}<section class="function"><h3>{{name}}</h3>
    {{#figure}}<img id="{{id}}" src="{{{source}}}" alt="{{title}}. {{caption}}" width="{{width}}" height="{{height}}">{{/figure}}
    <dl>{{#rows}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/rows}}</dl>
    <details><summary>LaTeX</summary><pre>{{latex}}
    {{derivative}}</pre></details></section>
    {{/entries}}</div></details>{{/functions}}
    {{#hasLayers}}<details><summary>Hidden layers after the last epoch</summary>
    {{#layers}}{{>table}}{{/layers}}</details>{{/hasLayers}}
    {{#hasConfusions}}<details><summary>Confusion matrices</summary>
    {{#confusions}}{{>figure}}{{/confusions}}</details>{{/hasConfusions}}
    {{#trials}}<details><summary>All trials that ended</summary>{{>table}}</details>{{/trials}}
    <section><h3>How it was run</h3>
    <dl>{{#provenance}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/provenance}}</dl>
    <details><summary>The config, every default written out</summary><pre>{{config}}</pre></details>
    </section>
    <section><h3>Remarks</h3>
    {{#remarks}}<p>{{.}}</p>
    {{/remarks}}
    </section>
    </section>
    {{/studies}}
    </main>
    <script>{{{script}}}</script>
    </body>
    </html>
    """

  static let evidence = """
    {{% CONTENT_TYPE:SCALARS}}
    <div><b>{{block}}</b>: <i>{{verdict}}</i>; {{text}}</div>
    """

  static let table = """
    {{% CONTENT_TYPE:SCALARS}}
    <section><h3>{{title}}</h3>
    {{#note}}<p class="note">{{note}}</p>{{/note}}
    <div class="wide"><table class="sortable" id="{{id}}"><thead><tr>{{#columns}}<th scope="col"{{#numeric}} class="number"{{/numeric}}><button type="button">{{title}}</button></th>{{/columns}}</tr></thead><tbody>
    {{#rows}}<tr>{{#fields}}<td{{#numeric}} class="number{{#best}} best{{/best}}" data-sort="{{sort}}"{{/numeric}}>{{text}}</td>{{/fields}}</tr>
    {{/rows}}</tbody></table></div>
    {{#files}}<p class="files">{{#links}}<a href="{{path}}">{{name}}</a> {{/links}}</p>{{/files}}</section>
    """

  static let figure = """
    {{% CONTENT_TYPE:SCALARS}}
    <figure id="{{id}}"><img src="{{{source}}}" alt="{{title}}. {{caption}}" width="{{width}}" height="{{height}}">
    <figcaption><b>{{title}}.</b> {{caption}}{{#files}} <a href="{{path}}">{{name}}</a>{{/files}}</figcaption></figure>
    """

  static let style = """
    :root{--ink:#1b1b1b;--soft:#5b5b5b;--line:#d9d9d9}
    *{box-sizing:border-box}
    body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:#fff;margin:0 auto;padding:0 1rem 3rem;max-width:80rem}
    h1{font-size:1.5rem;margin:1.2rem 0 .4rem;overflow-wrap:anywhere}
    h2{font-size:1.3rem;border-top:2px solid var(--ink);padding-top:.6rem;margin-top:2.5rem;overflow-wrap:anywhere}
    h3{font-size:1.05rem;margin:1.8rem 0 .3rem;overflow-wrap:anywhere}
    p{margin:.4rem 0;overflow-wrap:anywhere;max-width:60rem}
    .answer{border-left:4px solid #d55e00;padding:.1rem 0 .1rem .9rem;margin:.8rem 0}
    .answer p:first-child{font-size:1.1rem;font-weight:600}
    .standing{background:#fff3cd;border:1px solid #e6cf8b;padding:.4rem .7rem}
    .note,.files,small,figcaption,dd,dt{color:var(--soft);font-size:.875rem}
    td small{font-size:.75rem}
    .wide{overflow-x:auto}
    table{border-collapse:collapse;font-size:.8125rem;margin:.4rem 0}
    th,td{padding:.25rem .4rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;white-space:nowrap}
    td{max-width:30rem;overflow:hidden;text-overflow:ellipsis}
    .claims td{white-space:normal;min-width:9rem}
    .claims td:last-child{min-width:18rem}
    .claims td:last-child div{margin-bottom:.25rem}
    .number{text-align:right;font-variant-numeric:tabular-nums}
    .best{font-weight:700}
    th{white-space:normal;vertical-align:bottom}
    th button{font:inherit;white-space:normal;font-weight:600;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
    th[aria-sort=ascending] button::after{content:" ▲"}
    th[aria-sort=descending] button::after{content:" ▼"}
    .verdict{font-weight:700;white-space:nowrap}
    .verdict.supported{color:#00664b}.verdict.contradicted{color:#a33f00}.verdict.not_supported{color:#444}.verdict.undecided{color:#6b6b6b}
    figure{margin:1.2rem 0;overflow-x:auto}
    img{max-width:max(100%,36rem);height:auto;display:block}
    figcaption{max-width:60rem;overflow-wrap:anywhere}
    .functions{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));gap:.5rem 1.5rem}
    .function{min-width:0}
    .function img{max-width:100%}
    .function dl{grid-template-columns:max-content 1fr}
    .function summary{margin:.2rem 0;font-weight:400;font-size:.8125rem;color:var(--soft)}
    summary{cursor:pointer;margin:1rem 0 .4rem;font-weight:600}
    pre{overflow-x:auto;background:#f6f6f6;padding:.7rem;font-size:.8125rem}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.4rem 0}
    dd{margin:0;overflow-wrap:anywhere}
    a{color:#0060a0}
    @media(max-width:40rem){body{padding:0 .7rem 2rem}.claims thead{display:none}.claims tr{display:block;border-bottom:1px solid var(--line);padding:.4rem 0}.claims td{display:block;border:0;padding:.1rem 0;max-width:none}dl{grid-template-columns:1fr}dt{font-weight:600}}
    @page{margin:12mm}
    @media print{
    body{font-size:10pt;max-width:none;padding:0}
    p,figcaption{max-width:none}
    table{width:100%;font-size:7pt}
    td small{font-size:6.5pt}
    thead{display:table-header-group}
    tr,figure{break-inside:avoid}
    h1,h2,h3,summary,.note{break-after:avoid}
    th button{display:contents}
    .wide,figure,pre{overflow:visible}
    th,td{padding:.15rem .25rem}
    td{max-width:none;white-space:normal;overflow:visible;overflow-wrap:anywhere}
    td.number{overflow-wrap:normal}
    .claims td,.claims td:last-child{min-width:0}
    img{max-width:100%}
    pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:7pt}
    .files,summary::marker{display:none}
    .functions{display:block}
    details::details-content{content-visibility:visible;display:block;height:auto}
    }
    """

  static let script = """
    "use strict";
    // Paper can't unfold anything.
    let unfolded = [];
    addEventListener("beforeprint", () => {
      unfolded = Array.from(document.querySelectorAll("details:not([open])"));
      for (const part of unfolded) part.open = true;
    });
    addEventListener("afterprint", () => { for (const part of unfolded) part.open = false; });
    for (const table of document.querySelectorAll("table.sortable")) {
      const heads = Array.from(table.tHead.rows[0].cells);
      heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
        const rises = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", rises ? "ascending" : "descending");
        const numeric = head.classList.contains("number");
        const key = row => {
          const cell = row.cells[column];
          if (!numeric) return cell.textContent;
          return cell.dataset.sort === "" ? NaN : Number(cell.dataset.sort);
        };
        const rows = Array.from(table.tBodies[0].rows).map(row => [key(row), row]);
        rows.sort((a, b) => {
          if (numeric) {
            if (Number.isNaN(a[0])) return Number.isNaN(b[0]) ? 0 : 1;
            if (Number.isNaN(b[0])) return -1;
            return rises ? a[0] - b[0] : b[0] - a[0];
          }
          const order = a[0].localeCompare(b[0], undefined, {numeric: true});
          return rises ? order : -order;
        });
        table.tBodies[0].append(...rows.map(row => row[1]));
      }));
    }
    """
}
