//! Checks calls: the function, the number of arguments, and that every name among them names something.
//!
//! Called by the checker. It must never leave an argument that names a list, head, field or country unresolved.

use super::{
    super::{
        functions::{FUNCTIONS, Function, Parameter, function},
        problem::Complaint,
        tree::{Argument, Constant, Kind, Node, Span},
        types::Type,
    },
    Checker,
};
use crate::domain::{ad::TextField, policy::ListKind};
use cel::common::ast::{CallExpr, IdedExpr};

impl Checker<'_> {
    /// An operator or a function.
    pub(super) fn call(&mut self, expr: &IdedExpr, call: &CallExpr, span: Span) -> Option<Node> {
        if call.target.is_none()
            && let Some(result) = self.operator(expr, call, span)
        {
            return result;
        }
        let name = self.parsed.called(self.source, expr, &call.func_name);
        let Some(function) = function(&call.func_name, call.target.is_some()) else {
            return self.unknown_function(call, name);
        };
        let given: Vec<&IdedExpr> = call.target.iter().map(|t| &**t).chain(&call.args).collect();
        let most = if function.repeats { usize::MAX } else { function.parameters.len() };
        if given.len() < function.at_least || given.len() > most {
            return self.complain(span, format!("wrong number of arguments: write {}", function.signature));
        }
        let arguments: Vec<Option<Argument>> = given
            .iter()
            .enumerate()
            .map(|(i, arg)| self.argument(function, function.parameters[i.min(function.parameters.len() - 1)], arg))
            .collect();
        let arguments = arguments.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Node { kind: Kind::Call(function, arguments), type_: function.returns, possible: function.possible, span })
    }

    fn unknown_function<T>(&mut self, call: &CallExpr, span: Span) -> Option<T> {
        let name = &call.func_name;
        let other_form = FUNCTIONS.iter().find(|f| f.name == name);
        let complaint = match other_form {
            Some(f) => Complaint::new(span, format!("write {}", f.signature)),
            None => Complaint::new(span, format!("unknown function `{name}`"))
                .likely(name, FUNCTIONS.iter().map(|f| f.name)),
        };
        self.complaints.push(complaint);
        None
    }

    fn argument(&mut self, function: &Function, parameter: Parameter, expr: &IdedExpr) -> Option<Argument> {
        let node = self.node(expr)?;
        let span = node.span;
        if let Parameter::Value(type_) = parameter {
            if node.type_ == type_ || (type_ == Type::Double && node.type_ == Type::Int) {
                return Some(Argument::Value(node));
            }
            let message = format!("{} takes {type_} here, and this is {}", function.signature, node.type_);
            return self.complain(span, message);
        }
        let Kind::Constant(Constant::Text(text)) = node.kind else {
            return self.complain(span, format!("{} takes a name in quotes here", function.signature));
        };
        match parameter {
            Parameter::Head => self.head(&text, span),
            Parameter::List(kinds) => self.list_name(function, kinds, &text, span),
            Parameter::Field => self.text_field(&text, span),
            Parameter::Country => match text.parse() {
                Ok(country) => Some(Argument::Country(country)),
                Err(_) => self.complain(span, format!("`{text}` is not a country code (ISO 3166-1, such as \"DE\")")),
            },
            Parameter::Value(_) => None,
        }
    }

    fn head(&mut self, text: &str, span: Span) -> Option<Argument> {
        if self.names.heads.contains(text)
            && let Ok(code) = text.parse()
        {
            return Some(Argument::Head(code));
        }
        let complaint = Complaint::new(span, format!("unknown policy `{text}`"));
        self.complaints.push(complaint.likely(text, self.names.heads.iter().map(String::as_str)));
        None
    }

    fn list_name(&mut self, function: &Function, kinds: &[ListKind], text: &str, span: Span) -> Option<Argument> {
        match self.names.lists.get(text) {
            Some(kind) if kinds.contains(kind) => Some(Argument::List(text.to_owned())),
            Some(kind) => {
                let wanted: Vec<&str> = kinds.iter().map(|k| k.as_str()).collect();
                let wanted = wanted.join(" or ");
                self.complain(
                    span,
                    format!("`{text}` is a list of {kind}, and {} takes one of {wanted}", function.name),
                )
            }
            None => {
                let complaint = Complaint::new(span, format!("unknown list `{text}`"));
                self.complaints.push(complaint.likely(text, self.names.lists.keys().map(String::as_str)));
                None
            }
        }
    }

    fn text_field(&mut self, text: &str, span: Span) -> Option<Argument> {
        if let Ok(field) = text.parse() {
            return Some(Argument::Field(field));
        }
        let complaint = Complaint::new(span, format!("unknown text field `{text}`"));
        self.complaints.push(complaint.likely(text, TextField::ALL.iter().map(|f| f.as_str())));
        None
    }
}
