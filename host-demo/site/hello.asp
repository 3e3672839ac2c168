<%@ LANGUAGE="JScript" ENABLESESSIONSTATE="False" %>
<%
var name = String(Request.QueryString("name")) || "world";
var numbers = [1, 2, 3, 4];
function sum(list) {
  var total = 0;
  for (var i = 0; i < list.length; i++) total += list[i];
  return total;
}
%><!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Hello, <%= Server.HTMLEncode(name) %></title>
<h1>Hello, <%= Server.HTMLEncode(name) %>!</h1>
<ul>
<li>the numbers: <%= numbers.join(", ") %></li>
<li>how many: <%= numbers.length %></li>
<li>their sum: <%= sum(numbers) %></li>
<li>the largest: <%= Math.max(numbers[0], numbers[1], numbers[2], numbers[3]) %></li>
<li>the square of the last: <%= numbers[3] * numbers[3] %></li>
<li>your name, loud: <%= Server.HTMLEncode(name.toUpperCase()) %></li>
<li>its length: <%= name.length %></li>
<li>a truth: <%= 1 + 1 === 2 %></li>
</ul>
