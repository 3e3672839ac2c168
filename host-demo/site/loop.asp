<% // Runs until its steps or its time are up: the limits of the server, not of this page.
for (var turns = 0; ; turns++) {
  var square = turns * turns;
} %>
