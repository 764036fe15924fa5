document.querySelectorAll("table").forEach(sortable);
document.querySelectorAll(".wide, figure").forEach(watch);
