document.querySelectorAll("table").forEach(sortable);
document.querySelectorAll(".wide").forEach(watch);
