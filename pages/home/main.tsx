// Stands until the page is written.
document.documentElement.dataset.page = "home";
