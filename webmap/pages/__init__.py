"""Pages of the web application, one file for each thing a reader comes for."""
