/* Answers to "which federation, which station, how far, open when", asked of the server. */
"use strict";
planmap.answers = (() => {
  const WAIT_MS = 180;
  const RETRY_MS = 1500;
  const { make, word, number, percent, pick } = planmap.panel;
  let asked = 0;

  const named = (site) => `${site.name}${site.hours ? ` · ${pick(site.hours)}` : ` · ${word("hours_unknown")}`}`;

  function howFar(answer) {
    const own = answer.station;
    const values = { cutoff: number(answer.cutoff), distance: own && own.km !== null ? number(own.km, 1) : "–" };
    if (answer.minutes !== null && answer.share === null) return `${word("minutes", { minutes: number(answer.minutes, 1) })} ${word(answer.mode)}`;
    if (answer.minutes !== null) return word("mean_minutes", { ...values, minutes: number(answer.minutes, 1), share: percent(answer.share, 0) });
    if (!own) return "";
    return word(answer.kind === "enterprise" ? "beyond" : "straight", values);
  }

  function rows(answer) {
    const near = answer.near.map((site) => [
      `${word("nearest")} · ${pick(site.tier)}`,
      `${named(site)} · ${word("minutes", { minutes: number(site.minutes, 1) })} ${word(site.mode)}`,
    ]);
    const federations = answer.federations.map((one) => one.name);
    const many = answer.count > federations.length ? ` … ${word("several", { count: number(answer.count) })}` : "";
    return [
      [word("code"), answer.code],
      [word("workers"), answer.workers === null ? "" : number(answer.workers)],
      [word("district"), federations.length ? federations.join("、") + many : word("not_in_plan")],
      [word("station"), answer.station ? named(answer.station) : ""],
      [word("how_far"), howFar(answer)],
      ...near,
    ];
  }

  function draw(list, answers, show) {
    list.replaceChildren();
    for (const answer of answers) {
      const item = make("li", list, { class: "answer", "data-id": answer.id });
      const box = planmap.panel.card(word(answer.kind), answer.name || answer.id, rows(answer));
      item.appendChild(box);
      if (show && answer.lat !== null) show(item, answer);
    }
  }

  /* Ask for what the reader typed last; while the index is being made the server says so and is asked again. */
  async function ask(address, text, status) {
    const mine = (asked += 1);
    const reply = await fetch(`${address}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
    if (mine !== asked) return null;
    if (reply.status === 503) {
      status.textContent = word("preparing");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return mine === asked ? ask(address, text, status) : null;
    }
    if (!reply.ok) {
      status.textContent = word("failed");
      return null;
    }
    return reply.json();
  }

  /* A search box whose answers appear in a list while one types. */
  function attach(input, parent, address, show) {
    const status = make("p", parent, { class: "note", role: "status" });
    const list = make("ul", parent, { class: "answers" });
    let last = null;
    let timer = 0;
    const paint = () => {
      draw(list, last ? last.answers : [], show);
      status.textContent = last && last.answers.length === 0 ? word("nothing") : last && last.hidden ? word("signed_in_only") : "";
    };
    const search = async () => {
      const text = input.value.trim();
      const reply = text ? await ask(typeof address === "function" ? address() : address, text, status) : null;
      if (text && !reply) return;
      last = reply;
      if (!text) asked += 1;
      paint();
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(search, WAIT_MS);
    });
    planmap.panel.hear(paint);
    if (input.value) search();
    return { search };
  }

  /* The page that has nothing but the search. */
  async function page() {
    const box = document.getElementById("answers");
    const input = document.getElementById("q");
    const plan = document.getElementById("plan");
    planmap.panel.learn(await (await fetch(box.dataset.words)).json());
    const address = () => plan.selectedOptions[0].dataset.search;
    const show = (item, answer) => {
      const link = planmap.panel.make("a", item, { class: "button", text: word("on_map") });
      link.href = `${plan.selectedOptions[0].dataset.map}#at=16/${answer.lat}/${answer.lon}`;
    };
    const { search } = attach(input, box, address, show);
    plan.addEventListener("change", search);
    input.form.addEventListener("submit", (event) => {
      event.preventDefault();
      search();
    });
    document.body.dataset.ready = "yes";
  }

  return { attach, page };
})();
if (document.getElementById("answers")) planmap.answers.page();
