"""WeChat: the shop inside an Official Account (公众号), through wechatpy. Staff work elsewhere.

WeChat lets us answer within the call that brings a word, and speak first only for a while after one. So what is said
is answered in that call where it can be, and whatever waits goes along: see docs/decisions/0011-answers-in-the-call.md.
"""
