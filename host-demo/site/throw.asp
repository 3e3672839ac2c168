<% var title = "This page throws"; %>
<!-- #include file="head.inc" -->
<%
function greet(person) {
  return "Hello, " + person.name.toUpperCase();
}
%>
<p><%= greet({ name: "you" }) %></p>
<p><%= greet({}) %></p>
<!-- #include file="foot.inc" -->
