<% var title = "A form"; %>
<!-- #include file="head.inc" -->
<form method="post">
<p><label>Your name <input name="name" value="<%= Server.HTMLEncode(Request.Form("name")) %>"></label></p>
<p>You like
<% var tastes = ["threads", "collectors", "pages"];
   var liked = String(Request.Form("likes")).split(", ");
   for (var i = 0; i < tastes.length; i++) { %>
<label><input type="checkbox" name="likes" value="<%= tastes[i] %>" <% if (liked.indexOf(tastes[i]) >= 0) { %>checked<% } %>> <%= tastes[i] %></label>
<% } %></p>
<button>Send</button>
</form>
<% if (Request.Form.Count > 0) { %>
<h2>What came</h2>
<p>Hello, <%= Server.HTMLEncode(Request.Form("name")) %>. You ticked <%= Request.Form("likes").Count %> of <%= tastes.length %>:</p>
<ol>
<% for (var n = 1; n <= Request.Form("likes").Count; n++) { %>
<li><%= Server.HTMLEncode(Request.Form("likes")(n)) %></li>
<% } %>
</ol>
<pre><%= Server.HTMLEncode(Request.Form) %></pre>
<% } %>
<!-- #include file="foot.inc" -->
