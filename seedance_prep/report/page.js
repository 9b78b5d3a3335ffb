for (const range of document.querySelectorAll(".compare input")) {
  const stack = range.parentElement.querySelector(".stack");
  const show = () => range.parentElement.style.setProperty("--at", range.value + "%");
  const follow = (event) => {
    const box = stack.getBoundingClientRect();
    range.value = (100 * (event.clientX - box.left)) / box.width;
    show();
  };
  range.addEventListener("input", show);
  stack.addEventListener("pointerdown", (event) => {
    stack.setPointerCapture(event.pointerId);
    follow(event);
  });
  stack.addEventListener("pointermove", (event) => {
    if (stack.hasPointerCapture(event.pointerId)) follow(event);
  });
  show();
}
