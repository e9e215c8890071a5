// For pages that fill a tablet or a screen: a button for the whole screen, where the browser knows such a thing.
(function () {
  "use strict";
  const root = document.documentElement;
  const enter = root.requestFullscreen || root.webkitRequestFullscreen;

  function filled() {
    return Boolean(document.fullscreenElement || document.webkitFullscreenElement || window.matchMedia("(display-mode: fullscreen)").matches);
  }

  window.fullScreenButton = function (button) {
    if (!button || !enter) {
      return;
    }
    button.hidden = filled();
    button.addEventListener("click", function () {
      const entered = enter.call(root);
      if (entered && entered.catch) {
        entered.catch(function () {}); // refused: the page works in its window too
      }
      button.hidden = true;
    });
  };
})();
