// The screen at the desk: fetches the next code each minute, and takes the old one away when the network stays out.
(function () {
  "use strict";
  const EVERY = 60; // seconds
  let code = document.getElementById("code");
  const old = document.getElementById("old");
  let renewed = Date.now();

  async function renew() {
    try {
      const answer = await fetch(window.location.href, { credentials: "omit", cache: "no-store" });
      if (answer.status === 404 || answer.status === 410) {
        window.location.reload(); // taken back: the page says so
        return;
      }
      const newer = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("code");
      if (answer.ok && newer) {
        const adopted = document.importNode(newer, true);
        code.parentNode.replaceChild(adopted, code);
        code = adopted;
        renewed = Date.now();
      }
    } catch (error) {
      renewed = Math.min(renewed, Date.now()); // no network: what is shown grows older
    }
    const aged = Date.now() - renewed > Number(code.dataset.goodFor) * 1000;
    code.hidden = aged;
    old.hidden = !aged;
  }

  window.fullScreenButton(document.getElementById("full"));
  setInterval(renew, EVERY * 1000);
  window.addEventListener("online", renew);
})();
