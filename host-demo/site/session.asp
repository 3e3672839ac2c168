<%
var title = "A counter";
Session("visits") = (Session("visits") || 0) + 1;
Application.Lock();
Application("visits") = (Application("visits") || 0) + 1;
Application.Unlock();
if (String(Request.QueryString("leave")) === "yes") {
  Session.Abandon();
  Response.Redirect("/session.asp");
}
%>
<!-- #include file="head.inc" -->
<p>You were here <b><%= Session("visits") %></b> <%= Session("visits") === 1 ? "time" : "times" %>;
everybody together <b><%= Application("visits") %></b>.</p>
<p>Your session ends <%= Session.Timeout %> minutes after your last visit, or <a href="?leave=yes">at once</a>.
What it holds are copies: no worker's heap is ever seen by another.</p>
<!-- #include file="foot.inc" -->
