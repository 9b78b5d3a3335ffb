for (const range of document.querySelectorAll(".compare input")) {
  const show = () => range.parentElement.style.setProperty("--at", range.value + "%");
  range.addEventListener("input", show);
  show();
}
